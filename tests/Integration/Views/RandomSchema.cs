using Voxeltron.Cosmictron;

namespace Voxeltron.Tests.Integration.Views;

/// <summary>Tables of random columns, and random rows for them: values from small sets, so that keys collide and joins meet.</summary>
internal sealed class RandomSchema
{
    private static readonly double[] s_floats = [0, -0.0, 1.5, -2.25, 3, 0.1, double.NaN, double.PositiveInfinity, double.NegativeInfinity];
    private static readonly string[] s_texts = ["", "a", "ab", "b", "é", "Z", "a'b\\", "\U0001F600"];
    private static readonly byte[][] s_blobs = [[], [0], [0, 255], [1, 2], [255]];
    private static readonly long[] s_moments = [1_780_000_000_000_000, 1_780_000_000_000_001, 0, -1_000_000];
    private static readonly string[] s_documents = ["null", "{\"a\":1}", "[1,2]"];

    private readonly Random _random;

    public RandomSchema(Random random)
    {
        _random = random;
        Tables = [.. Enumerable.Range(0, random.Next(2, 4)).Select(number => Table($"t{number}"))];
    }

    public IReadOnlyList<TableSchema> Tables { get; }

    public object?[] Row(TableSchema table) => [.. table.Columns.Select(column => column.Nullable && _random.Next(5) == 0 ? null : ValueOf(column))];

    private TableSchema Table(string name)
    {
        var columns = new List<Column> { new("id", ColumnType.Int64) };
        var key = new List<string> { "id" };
        if (_random.Next(4) == 0)
        {
            columns.Add(new Column("part", ColumnType.Text));
            key.Add("part");
        }

        // So that joins and groups have something to meet on.
        columns.Add(new Column("ref", ColumnType.Int64, Nullable: _random.Next(2) == 0));
        for (var i = _random.Next(2, 7); i > 0; i--)
        {
            var type = (ColumnType)_random.Next(1, 9);
            var nullable = _random.Next(2) == 0;
            var digits = _random.Next(2, 8);
            columns.Add(type == ColumnType.Decimal
                ? new Column($"c{i}", type, nullable, digits, _random.Next(0, digits))
                : new Column($"c{i}", type, nullable));
        }

        return new TableSchema(name, columns, key);
    }

    private object ValueOf(Column column) => column.Type switch
    {
        ColumnType.Int64 => (long)_random.Next(-3, column.Name == "id" ? 12 : 6),
        ColumnType.Float64 => s_floats[_random.Next(s_floats.Length)],
        ColumnType.Bool => _random.Next(2) == 0,
        ColumnType.Text => s_texts[_random.Next(s_texts.Length)],
        ColumnType.Bytes => s_blobs[_random.Next(s_blobs.Length)],
        ColumnType.Decimal => (Int128)_random.Next(-50, 99),
        ColumnType.Timestamp => s_moments[_random.Next(s_moments.Length)],
        _ => s_documents[_random.Next(s_documents.Length)],
    };
}
