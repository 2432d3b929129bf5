using FluentMigrator;

namespace Voxeltron.Migrations.Steps;

[Migration(7, "Missions")]
public sealed class M0007Missions : Step
{
    public override void Up() => Execute.Sql("""
        create table control.mission (
          tenant_id text collate "C" not null,
          mission_id uuid not null,
          name text not null,
          status text not null,
          spec_digest text collate "C" not null,
          seq bigint not null,
          epoch bigint not null,
          tasks_total integer not null,
          tasks_waiting integer not null,
          tasks_running integer not null,
          tasks_completed integer not null,
          tasks_refused integer not null,
          tasks_failed integer not null,
          tasks_skipped integer not null,
          reason text,
          time_created timestamptz not null,
          time_modified timestamptz not null,
          time_completed timestamptz,
          constraint mission_pkey primary key (tenant_id, mission_id),
          constraint mission_status_known check (status in ('open', 'running', 'completed', 'failed', 'cancelled')),
          constraint mission_ended_has_time check ((status in ('completed', 'failed', 'cancelled')) = (time_completed is not null)),
          constraint mission_spec_digest_form check (spec_digest ~ '^[0-9a-f]{64}$'),
          constraint mission_counts_fit check (
            least(tasks_waiting, tasks_running, tasks_completed, tasks_refused, tasks_failed, tasks_skipped) >= 0
            and tasks_waiting + tasks_running + tasks_completed + tasks_refused + tasks_failed + tasks_skipped <= tasks_total)
        ) with (fillfactor = 50, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
        comment on table control.mission is 'Projection: where each mission stands, written in the same transaction as the entries it follows from.';
        comment on column control.mission.seq is 'The entry this row reflects; also the ETag of the mission.';

        create index mission_created on control.mission (tenant_id, time_created, mission_id);
        comment on index control.mission_created is 'Lists page by time of creation.';

        grant select, insert, update on control.mission to voxeltron_worker;
        grant select on control.mission to voxeltron_api, voxeltron_sre, voxeltron_auditor;
        """);

    public override void Down() => Execute.Sql("drop table control.mission;");
}
