using FluentMigrator;

namespace Voxeltron.Migrations.Steps;

[Migration(8, "Tasks")]
public sealed class M0008Tasks : Step
{
    public override void Up() => Execute.Sql("""
        -- One upsert per task and commit, latest state only. No index but the key: every further one would end HOT updates.
        create table control.task (
          tenant_id text collate "C" not null,
          mission_id uuid not null,
          task_key text collate "C" not null,
          task_id text collate "C" not null,
          item_key text collate "C",
          status text not null,
          attempt integer not null,
          cell_id uuid,
          module_digest text collate "C" not null,
          waiting_for text,
          outcome_code text,
          last_seq bigint not null,
          time_created timestamptz not null,
          time_modified timestamptz not null,
          constraint task_pkey primary key (tenant_id, mission_id, task_key),
          constraint task_key_is_id_and_item check (task_key = task_id || coalesce('/' || item_key, '')),
          constraint task_status_known check (status in ('waiting', 'ready', 'running', 'completed', 'refused', 'failed', 'skipped', 'cancelled')),
          constraint task_running_has_cell check (status <> 'running' or cell_id is not null),
          constraint task_attempt_not_negative check (attempt >= 0)
        ) with (fillfactor = 70, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
        comment on table control.task is 'Projection: the latest state of each task. What it went through is in the log; see audit.task.';
        comment on column control.task.task_key is 'task_id, or task_id/item_key of a task that is mapped over an input.';
        comment on column control.task.last_seq is 'The entry this row reflects.';

        grant select, insert, update on control.task to voxeltron_worker;
        grant select on control.task to voxeltron_api, voxeltron_sre, voxeltron_auditor;
        """);

    public override void Down() => Execute.Sql("drop table control.task;");
}
