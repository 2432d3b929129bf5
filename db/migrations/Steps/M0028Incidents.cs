using FluentMigrator;

namespace Voxeltron.Migrations.Steps;

/// <summary>Crash loops that a mission's restart policies found, and the aborts behind them, for people and auditors.</summary>
[Migration(28, "Incidents")]
public sealed class M0028Incidents : Step
{
    public override void Up()
    {
        Execute.Sql("""
            create table control.incident (
              tenant_id text collate "C" not null,
              mission_id uuid not null,
              opened_seq bigint not null,
              profile text collate "C" not null,
              state text not null,
              resolution text,
              task_key text collate "C" not null,
              cell_id uuid not null,
              code text not null,
              fault text not null,
              fault_seq bigint not null,
              faults integer not null,
              holds integer not null,
              hold_ms bigint not null,
              time_opened timestamptz not null,
              time_closed timestamptz,
              constraint incident_pkey primary key (tenant_id, mission_id, opened_seq),
              constraint incident_state_known check (state in ('open', 'closed')),
              constraint incident_resolution_known check (resolution in ('recovered', 'mission_ended')),
              constraint incident_closed_says_how check ((state = 'closed') = (resolution is not null) and (state = 'closed') = (time_closed is not null)),
              constraint incident_fault_known check (fault in ('transient_crash', 'state_inconsistency', 'resource_exhaustion', 'policy_violation')),
              constraint incident_counts_positive check (faults > 0 and holds > 0 and hold_ms > 0)
            );
            comment on table control.incident is 'Projection: crash loops. More cells of a profile faulted than its restart policy bears, and dispatch of the profile is held. The entries are incident.opened and incident.closed (audit.incident).';
            comment on column control.incident.opened_seq is 'The entry incident.opened: the incident''s number in its mission.';
            comment on column control.incident.state is 'open: the profile is held, and one task at a time is tried; closed.';
            comment on column control.incident.resolution is 'recovered: a task that was tried came back clean; mission_ended.';
            comment on column control.incident.fault_seq is 'The entry of the newest fault; task, cell, code and class are that one''s.';
            comment on column control.incident.faults is 'Those that opened it, and all since.';
            comment on column control.incident.holds is 'Times dispatch was held: at first, and after each task that was tried in vain.';
            comment on column control.incident.hold_ms is 'How long the newest hold is.';
            create index incident_open on control.incident (tenant_id, time_opened) where state = 'open';
            comment on index control.incident_open is 'What is broken now.';
            create index entry_incidents on journal.entry (tenant_id, stream_id, seq) where kind in ('incident.opened', 'incident.closed');
            comment on index journal.entry_incidents is 'Incidents among the entries of a mission: asked by audit.incident.';

            grant select, insert, update on control.incident to voxeltron_worker;
            grant select on control.incident to voxeltron_api, voxeltron_sre, voxeltron_auditor;
            """);
        Script("views.audit_abort.sql");
        Script("views.audit_incident.sql");
        Execute.Sql("grant select on audit.abort, audit.incident to voxeltron_api, voxeltron_sre, voxeltron_auditor;");
    }

    public override void Down() => Execute.Sql("drop view audit.incident; drop view audit.abort; drop index journal.entry_incidents; drop table control.incident;");
}
