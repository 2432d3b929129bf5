using FluentMigrator;

namespace Voxeltron.Migrations.Steps;

/// <summary>What each host has left for cells: people see why one takes none, and a new mission goes where room is.</summary>
[Migration(27, "Budgets of hosts")]
public sealed class M0027HostBudgets : Step
{
    public override void Up() => Execute.Sql("""
        alter table control.host
          add column tasks_waiting integer not null default 0,
          add column mappings bigint not null default 0,
          add column mappings_limit bigint not null default 0,
          add column memory_bytes bigint not null default 0,
          add column memory_limit_bytes bigint not null default 0,
          add column machine_free_bytes bigint not null default 0,
          add column refuses text,
          add constraint host_refuses_known check (refuses in ('slots', 'mappings', 'memory', 'machine_memory')),
          add constraint host_budgets_not_negative
            check (least(tasks_waiting, mappings, mappings_limit, memory_bytes, memory_limit_bytes, machine_free_bytes) >= 0);
        comment on column control.host.tasks_waiting is 'Tasks of its missions that could begin and have no cell, because of refuses.';
        comment on column control.host.mappings is 'Memory mappings of the process; beyond mappings_limit it takes no further cell (0: the system has no such limit).';
        comment on column control.host.memory_bytes is 'Resident memory of its own; beyond memory_limit_bytes it takes no further cell (0: no limit).';
        comment on column control.host.machine_free_bytes is 'What the machine could still give, as its kernel reckons.';
        comment on column control.host.refuses is 'The budget that is used up; null when a further cell would be taken. As of time_renewed.';
        grant update (tasks_waiting, mappings, mappings_limit, memory_bytes, memory_limit_bytes, machine_free_bytes, refuses) on control.host to voxeltron_worker;
        """);

    public override void Down() => Execute.Sql("""
        alter table control.host
          drop constraint host_budgets_not_negative,
          drop constraint host_refuses_known,
          drop column tasks_waiting,
          drop column mappings,
          drop column mappings_limit,
          drop column memory_bytes,
          drop column memory_limit_bytes,
          drop column machine_free_bytes,
          drop column refuses;
        """);
}
