using System.Globalization;
using System.Text;
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

    public string CreateSql() => string.Join('\n', Tables.Select(static table =>
        $"create temp table {table.Name} ({string.Join(", ", table.Columns.Select(static column => $"{column.Name} {SqlType(column)}{(column.Nullable ? "" : " not null")}"))}, primary key ({string.Join(", ", table.Key)}));"));

    public object?[] Row(TableSchema table) => [.. table.Columns.Select(column => column.Nullable && _random.Next(5) == 0 ? null : ValueOf(column))];

    public static string PutSql(TableSchema table, object?[] row)
    {
        var names = string.Join(", ", table.Columns.Select(static column => column.Name));
        var values = string.Join(", ", table.Columns.Select((column, i) => Literal(column, row[i])));
        var others = table.Columns.Where(column => !table.Key.Contains(column.Name)).Select(static column => $"{column.Name} = excluded.{column.Name}").ToList();
        return $"insert into {table.Name} ({names}) values ({values}) on conflict ({string.Join(", ", table.Key)}) do {(others.Count == 0 ? "nothing" : "update set " + string.Join(", ", others))};";
    }

    public static string DeleteSql(TableSchema table, object?[] row) =>
        $"delete from {table.Name} where {string.Join(" and ", table.Key.Select(name => $"{name} = {Literal(table.Columns[table.ColumnOf(name)], row[table.ColumnOf(name)])}"))};";

    public static byte[] Tuple(IEnumerable<(Column Column, object? Value)> fields)
    {
        var tuple = new TupleBuilder();
        foreach (var (column, value) in fields)
        {
            _ = value switch
            {
                null => tuple.Null(),
                long number when column.Type == ColumnType.Timestamp => tuple.Timestamp(number),
                long number => tuple.Int64(number),
                double number => tuple.Float64(number),
                bool truth => tuple.Bool(truth),
                string text when column.Type == ColumnType.Json => tuple.Json(Encoding.UTF8.GetBytes(text)),
                string text => tuple.Text(text),
                Int128 units => tuple.Decimal(units),
                _ => tuple.Bytes((byte[])value),
            };
        }

        return tuple.ToArray();
    }

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

    private static string SqlType(Column column) => column.Type switch
    {
        ColumnType.Int64 => "bigint",
        ColumnType.Float64 => "double precision",
        ColumnType.Bool => "boolean",
        ColumnType.Text => "text collate \"C\"",
        ColumnType.Bytes => "bytea",
        ColumnType.Decimal => $"numeric({column.Precision},{column.Scale})",
        ColumnType.Timestamp => "timestamptz",
        _ => "json",
    };

    private static string Literal(Column column, object? value) => value switch
    {
        null => "null",
        long number when column.Type == ColumnType.Timestamp => $"timestamptz 'epoch' + interval '{number} microseconds'",
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => $"'{number.ToString("R", CultureInfo.InvariantCulture)}'::double precision",
        bool truth => truth ? "true" : "false",
        string text => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'{(column.Type == ColumnType.Json ? "::json" : "")}",
        Int128 units => Canonical.Decimal(units, column.Scale),
        _ => $"'\\x{Convert.ToHexString((byte[])value)}'::bytea",
    };
}
