using FluentMigrator;

namespace Voxeltron.Migrations.Steps;

[Migration(13, "The log is insert-only")]
public sealed class M0013InsertOnly : Step
{
    private static readonly string[] s_tables = ["entry", "seal", "commit", "leaf", "checkpoint"];

    // Grants already say so to every role; the triggers say it to the owner too. Once per statement, so inserts pay nothing.
    public override void Up()
    {
        Script("functions.journal_refuse_change.sql");
        foreach (var table in s_tables)
        {
            Execute.Sql($"""
                create trigger {table}_insert_only before update or delete or truncate on journal.{table}
                  for each statement execute function journal.refuse_change();
                """);
        }
    }

    public override void Down()
    {
        foreach (var table in s_tables)
        {
            RefuseIfRows("journal." + table);
            Execute.Sql($"drop trigger {table}_insert_only on journal.{table};");
        }

        Execute.Sql("drop function journal.refuse_change();");
    }
}
