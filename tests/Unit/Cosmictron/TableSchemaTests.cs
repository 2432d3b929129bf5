using Voxeltron.Cosmictron;
using Voxeltron.Ultra;
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
            schema with { Columns = [Id, new("x", ColumnType.Decimal, Nullable: true, 5, 2)] },
            schema with { Columns = [Id, new("x", ColumnType.Decimal, Nullable: true, 6, 2)] },
            schema with { Columns = [Id, new("x", ColumnType.Decimal, Nullable: true, 6, 3)] },
            schema with { Columns = [Id, new("x", ColumnType.Timestamp, Nullable: true)] },
            schema with { Columns = [Id, new("x", ColumnType.Json, Nullable: true)] },
            schema with { Indexes = [new("by_x", ["x"])] },
            schema with { Indexes = [new("by_x", ["x"], Unique: true)] },
            schema with { Indexes = [new("by_y", ["x"])] },
            schema with { Indexes = [new("by_x", ["x", "id"])] },
            schema with { Indexes = [new("by_x", ["x"]), new("by_id", ["id"])] },
        ];
        Assert.All(others, s => Assert.True(Jcs.IsCanonical(s.Canonical()), s.Canonical()));
        Assert.Equal(
            """{"columns":[{"name":"id","nullable":false,"type":"text"},{"name":"x","nullable":true,"precision":6,"scale":3,"type":"decimal"}],"key":["id"],"name":"fact","scope":"mission"}""",
            others[9].Canonical());
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
        Refused(new("fact", [Id], ["id"], (TableScope)2), "no known scope");
        Refused(new("fact", [new("id", ColumnType.Json)], ["id"]), "is json");
        Refused(new("fact", [new("id", ColumnType.Text, Scale: 1)], ["id"]), "no decimal");
        Refused(new("fact", [new("id", ColumnType.Decimal)], ["id"]), "precision 0");
        Refused(new("fact", [new("id", ColumnType.Decimal, false, 29)], ["id"]), "precision 29");
        Refused(new("fact", [new("id", ColumnType.Decimal, false, 2, 3)], ["id"]), "scale 3");
        Refused(Indexed(new TableIndex("By", ["id"])), "index name");
        Refused(Indexed(new TableIndex("a", ["id"]), new TableIndex("a", ["id"])), "index 'a' is declared twice");
        Refused(Indexed(new TableIndex("a", [])), "has 0 columns");
        Refused(Indexed(new TableIndex("a", ["no"])), "not declared");
        Refused(Indexed(new TableIndex("a", ["id", "id"])), "named twice");
        Refused(Indexed([.. Enumerable.Range(0, 9).Select(i => new TableIndex("i" + i, ["id"]))]), "9 indexes");
        Assert.Contains("declared twice", Assert.Throws<SchemaException>(
            () => new MissionStore([new("fact", [Id], ["id"]), new("fact", [Id], ["id"])], StoreLimits.Default)).Message, StringComparison.Ordinal);
    }

    private static TableSchema Indexed(params TableIndex[] indexes) => new("fact", [Id], ["id"]) { Indexes = indexes };

    private static void Refused(TableSchema schema, string rule) =>
        Assert.Contains(rule, Assert.Throws<SchemaException>(schema.Validate).Message, StringComparison.Ordinal);
}
