using FluentMigrator;

namespace Voxeltron.Migrations.Steps;

/// <summary>How each live cell is: for people and the SRE, never for auditors' conclusions.</summary>
[Migration(30, "Health of cells")]
public sealed class M0030CellHealth : Step
{
    public override void Up() => Execute.Sql("""
        create unlogged table control.cell_health (
          tenant_id text collate "C" not null,
          mission_id uuid not null,
          task_key text collate "C" not null,
          cell_id uuid not null,
          host_id uuid not null,
          attempt integer not null,
          hibernated boolean not null,
          events bigint not null,
          last_event text not null,
          time_last_event timestamptz not null,
          queue integer not null,
          memory_bytes bigint not null,
          fuel bigint not null,
          fuel_last bigint not null,
          faults integer not null,
          restarts integer not null,
          last_fault text,
          time_updated timestamptz not null default now(),
          constraint cell_health_pkey primary key (tenant_id, mission_id, task_key),
          constraint cell_health_event_known check (last_event in ('start', 'resume', 'task', 'timer', 'delta'))
        );
        comment on table control.cell_health is 'Telemetry: how each live cell is, as its host last said, some seconds old at most where few change. No evidence: it may be ahead of what is durable, is unlogged (empty after a crash of the server, absent on standbys) and is told again as cells act. What happened is in the log; see audit.cell.';
        comment on column control.cell_health.hibernated is 'It waits as an image in its host''s spool.';
        comment on column control.cell_health.queue is 'Changes of views that wait for it, and its timers that are due.';
        comment on column control.cell_health.fuel is 'Burnt in all events of this cell; fuel_last in the last of them.';
        comment on column control.cell_health.faults is 'Events of its task that were aborted, as far as its owner knows; last_fault names the last.';
        comment on column control.cell_health.restarts is 'Cells its task had before.';

        grant select, insert, update, delete on control.cell_health to voxeltron_worker;
        grant select on control.cell_health to voxeltron_api, voxeltron_sre, voxeltron_auditor;
        """);

    public override void Down() => Execute.Sql("drop table control.cell_health;");
}
