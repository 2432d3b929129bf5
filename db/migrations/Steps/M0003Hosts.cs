using FluentMigrator;

namespace Voxeltron.Migrations.Steps;

[Migration(3, "Worker hosts")]
public sealed class M0003Hosts : Step
{
    public override void Up() => Execute.Sql("""
        -- Local, not tenant-owned: a host serves missions of many tenants. Rewritten once a second per host, hence the fillfactor.
        create table control.host (
          host_id uuid not null,
          machine text not null,
          process_id integer not null,
          lock_key integer not null,
          key_id text collate "C" not null,
          state text not null,
          cell_capacity integer not null,
          cells_live integer not null default 0,
          metrics_url text,
          time_started timestamptz not null default now(),
          time_renewed timestamptz not null default now(),
          time_stopped timestamptz,
          constraint host_pkey primary key (host_id),
          constraint host_lock_key_key unique (lock_key),
          constraint host_state_known check (state in ('starting', 'live', 'draining', 'stopped', 'dead')),
          constraint host_stopped_has_time check ((state in ('stopped', 'dead')) = (time_stopped is not null)),
          constraint host_key_id_form check (key_id ~ '^[0-9a-f]{32}$'),
          constraint host_cells_not_negative check (cell_capacity >= 0 and cells_live >= 0)
        ) with (fillfactor = 50, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 0);
        comment on table control.host is 'One row per incarnation of a worker process. A restarted worker is another host.';
        comment on column control.host.lock_key is 'The second key of the session advisory lock (7707, lock_key) the host holds while it lives. Lock gone and renewal old means dead.';
        comment on column control.host.machine is 'A name for people; nothing is decided by it.';
        comment on column control.host.metrics_url is 'Where this process serves /metrics, if it does.';

        create index host_running on control.host (time_renewed) where state in ('starting', 'live', 'draining');
        comment on index control.host_running is 'The reconciler looks only at hosts that claim to run; ended incarnations pile up behind it.';

        grant select, insert on control.host to voxeltron_worker;
        grant update (state, cell_capacity, cells_live, metrics_url, time_renewed, time_stopped) on control.host to voxeltron_worker;
        grant select on control.host to voxeltron_api, voxeltron_sre, voxeltron_auditor;
        """);

    public override void Down()
    {
        RefuseIfRows("control.host");
        Execute.Sql("drop table control.host;");
    }
}
