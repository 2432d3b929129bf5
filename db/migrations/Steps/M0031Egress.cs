using FluentMigrator;

namespace Voxeltron.Migrations.Steps;

/// <summary>What cells asked for outside and were granted, for auditors; a reply is an event like others.</summary>
[Migration(31, "Egress")]
public sealed class M0031Egress : Step
{
    private const string Views = "audit.egress, audit.egress_denied, audit.egress_profile";

    public override void Up()
    {
        Execute.Sql("""
            alter table control.cell_health
              drop constraint cell_health_event_known,
              add constraint cell_health_event_known check (last_event in ('start', 'resume', 'task', 'timer', 'delta', 'reply'));
            create index entry_egress on journal.entry (tenant_id, stream_id, seq) where kind in ('http.replied', 'http.failed', 'egress.refused');
            comment on index journal.entry_egress is 'What came of requests, among the entries of a mission: asked by audit.egress.';
            """);
        Script("views.audit_egress.sql");
        Script("views.audit_egress_denied.sql");
        Script("views.audit_egress_profile.sql");
        Execute.Sql($"grant select on {Views} to voxeltron_api, voxeltron_sre, voxeltron_auditor;");
    }

    public override void Down()
    {
        Execute.Sql($"""
            drop view {Views};
            drop index journal.entry_egress;
            delete from control.cell_health where last_event = 'reply';
            alter table control.cell_health
              drop constraint cell_health_event_known,
              add constraint cell_health_event_known check (last_event in ('start', 'resume', 'task', 'timer', 'delta'));
            """);
    }
}
