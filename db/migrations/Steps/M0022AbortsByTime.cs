using FluentMigrator;

namespace Voxeltron.Migrations.Steps;

/// <summary>The SRE operator counts recent aborts every ten seconds; without an index it read every entry of the last minutes (measured: 65 ms at 30,000).</summary>
[Migration(22, "Aborts by time")]
public sealed class M0022AbortsByTime : Step
{
    public override void Up() => Execute.Sql("""
        create index entry_aborts on journal.entry (time) where kind = 'action.aborted';
        comment on index journal.entry_aborts is 'How many actions were aborted lately, and why: asked by the SRE operator.';
        """);

    public override void Down() => Execute.Sql("drop index journal.entry_aborts;");
}
