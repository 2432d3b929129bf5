using FluentMigrator;

namespace Voxeltron.Migrations.Steps;

[Migration(16, "Pruning consumed inbox rows")]
public sealed class M0016InboxPruning : Step
{
    public override void Up()
    {
        Script("functions.control_prune_inbox.sql");
        Execute.Sql("""
            revoke all on function control.prune_inbox(interval) from public;
            grant execute on function control.prune_inbox(interval) to voxeltron_api;
            """);
    }

    public override void Down() => Execute.Sql("drop function control.prune_inbox(interval);");
}
