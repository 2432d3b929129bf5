using FluentMigrator;

namespace Voxeltron.Migrations.Steps;

/// <summary>Human gates: what waits for people, what they said, and whose own keys may sign it.</summary>
[Migration(34, "Gates")]
public sealed class M0034Gates : Step
{
    public override void Up()
    {
        Execute.Sql("""
            create table control.gate (
              tenant_id text collate "C" not null,
              mission_id uuid not null,
              opened_seq bigint not null,
              name text collate "C" not null,
              task_key text collate "C" not null,
              cell_id uuid,
              ticket bigint not null,
              status text not null,
              quorum integer not null,
              roles text[] not null,
              approvals text[] not null,
              denied_by text,
              code text,
              requesters text[] not null,
              module_digest text collate "C" not null,
              digest text collate "C" not null,
              time_expires timestamptz,
              time_opened timestamptz not null,
              ended_seq bigint,
              time_ended timestamptz,
              constraint gate_pkey primary key (tenant_id, mission_id, opened_seq),
              constraint gate_status_known check (status in ('open', 'escalated', 'approved', 'denied', 'expired', 'voided')),
              constraint gate_of_cell_has_ticket check ((cell_id is not null) = (ticket > 0) and ticket >= 0),
              constraint gate_ended_says_when check ((status in ('open', 'escalated')) = (time_ended is null)),
              constraint gate_denied_says_by_whom check ((status = 'denied') = (denied_by is not null)),
              constraint gate_voided_says_why check ((status = 'voided') = (code is not null)),
              constraint gate_approved_has_quorum check (status <> 'approved' or cardinality(approvals) >= quorum)
            );
            comment on table control.gate is 'Projection: human gates. A task, or a cell, waits for people; nothing but their decisions approves. The entries are gate.opened, gate.decided, gate.voided, gate.expired and gate.escalated (audit.gate, audit.gate_decision).';
            comment on column control.gate.opened_seq is 'The entry gate.opened: the gate''s number in its mission. Its payload is the document that is approved.';
            comment on column control.gate.cell_id is 'The cell that asked; null where the gate stands before its task.';
            comment on column control.gate.status is 'open; escalated: open still, after its time; approved, denied, expired (never an approval), voided.';
            comment on column control.gate.approvals is 'Who approved so far: the name of an enrolled approver, or the id of an API key.';
            comment on column control.gate.code is 'Why it was voided.';
            comment on column control.gate.requesters is 'API keys of those who asked for the work: their decisions do not count.';
            comment on column control.gate.digest is 'SHA-256 of the document: what each approval is of.';
            comment on column control.gate.ended_seq is 'The entry that ended it; null while it is open, and where the end of its task ended it.';
            create index gate_open on control.gate (tenant_id, time_opened) where status in ('open', 'escalated');
            comment on index control.gate_open is 'What waits for people.';
            create index gate_newest on control.gate (tenant_id, time_opened desc, mission_id desc, opened_seq desc);
            comment on index control.gate_newest is 'Pages of gates.';

            create table control.approver (
              tenant_id text collate "C" not null,
              enrolled_seq bigint not null,
              name text collate "C" not null,
              principal text collate "C" not null,
              public_key bytea not null,
              kid text collate "C" not null,
              time_enrolled timestamptz not null,
              revoked_seq bigint,
              time_revoked timestamptz,
              constraint approver_pkey primary key (tenant_id, enrolled_seq),
              constraint approver_key_size check (octet_length(public_key) = 32),
              constraint approver_revoked_says_when check ((revoked_seq is null) = (time_revoked is null))
            );
            comment on table control.approver is 'Projection: people whose own keys sign decisions. The entries are approver.enrolled and approver.revoked of the tenant''s system stream; a host reads them there.';
            comment on column control.approver.principal is 'The API key their decisions come with.';
            create unique index approver_current on control.approver (tenant_id, name) where revoked_seq is null;
            comment on index control.approver_current is 'One key a name.';

            create index entry_gates on journal.entry (tenant_id, stream_id, seq)
              where kind in ('gate.opened', 'gate.decided', 'gate.voided', 'gate.expired', 'gate.escalated');
            comment on index journal.entry_gates is 'Gates among the entries of a mission: asked by audit.gate and audit.gate_decision.';

            grant select, insert, update on control.gate, control.approver to voxeltron_worker;
            grant select on control.gate, control.approver to voxeltron_api, voxeltron_sre, voxeltron_auditor;
            """);
        Script("views.audit_gate.sql");
        Script("views.audit_gate_decision.sql");
        Execute.Sql("grant select on audit.gate, audit.gate_decision to voxeltron_api, voxeltron_sre, voxeltron_auditor;");
    }

    public override void Down() => Execute.Sql("""
        drop view audit.gate_decision; drop view audit.gate;
        drop index journal.entry_gates;
        drop table control.approver; drop table control.gate;
        """);
}
