using Voxeltron.Cosmictron;
using Xunit;

namespace Voxeltron.Tests.Unit.Cosmictron;

public sealed class TableSchemaTests
{
    private static readonly Column Id = new("id", ColumnType.Text);

    [Fact]
    public void The_hash_of_a_schema_is_stable_and_covers_every_member()
    {
        var schema = new TableSchema("fact", [Id, new("x", ColumnType.Int64, Nullable: true)], ["id"]);
        Assert.Equal(
            """{"columns":[{"name":"id","nullable":false,"type":"text"},{"name":"x","nullable":true,"type":"int64"}],"key":["id"],"name":"fact","scope":"mission"}""",
            schema.Canonical());
        TableSchema[] others =
        [
            schema,
            schema with { Name = "facts" },
            schema with { Columns = [Id, new("x", ColumnType.Int64)] },
            schema with { Columns = [Id, new("y", ColumnType.Int64, Nullable: true)] },
            schema with { Columns = [Id, new("x", ColumnType.Float64, Nullable: true)] },
            schema with { Columns = [new("x", ColumnType.Int64, Nullable: true), Id] },
            schema with { Scope = TableScope.Cell },
        ];
        Assert.Equal(others.Length, others.Select(s => s.Hash).Distinct().Count());
    }

    [Fact]
    public void A_declaration_no_store_can_hold_is_refused_by_rule()
    {
        Refused(new("Fact", [Id], ["id"]), "table name");
        Refused(new("fact", [], ["id"]), "0 columns");
        Refused(new("fact", [Id], []), "0 key columns");
        Refused(new("fact", [Id, Id], ["id"]), "declared twice");
        Refused(new("fact", [Id], ["no"]), "not declared");
        Refused(new("fact", [Id], ["id", "id"]), "named twice");
        Refused(new("fact", [new("id", ColumnType.Text, Nullable: true)], ["id"]), "nullable");
        Refused(new("fact", [new("1d", ColumnType.Text)], ["1d"]), "column name");
        Refused(new("fact", [new("id", (ColumnType)9)], ["id"]), "no known type");
        Refused(new("fact", [Id], ["id"], TableScope.Cell), "scope 'cell'");
        Assert.Contains("declared twice", Assert.Throws<SchemaException>(
            () => new MissionStore([new("fact", [Id], ["id"]), new("fact", [Id], ["id"])], StoreLimits.Default)).Message, StringComparison.Ordinal);
    }

    private static void Refused(TableSchema schema, string rule) =>
        Assert.Contains(rule, Assert.Throws<SchemaException>(schema.Validate).Message, StringComparison.Ordinal);
}
