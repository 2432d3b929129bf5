using FluentMigrator;

namespace Voxeltron.Migrations.Steps;

[Migration(15, "Views for auditors")]
public sealed class M0015AuditViews : Step
{
    public override void Up()
    {
        Script("views.audit_act.sql");
        Script("views.audit_action.sql");
        Script("views.audit_cell.sql");
        Script("views.audit_task.sql");
        Script("views.audit_inbox_pending.sql");
        Script("views.audit_commit_lag.sql");
        // The views hold no payload, so who may see them is a question of tenants, not of contents: Api filters by tenant.
        Execute.Sql("grant select on all tables in schema audit to voxeltron_api, voxeltron_sre, voxeltron_auditor;");
    }

    public override void Down() => Execute.Sql("""
        drop view audit.commit_lag;
        drop view audit.inbox_pending;
        drop view audit.task;
        drop view audit.cell;
        drop view audit.action;
        drop view audit.act;
        """);
}
