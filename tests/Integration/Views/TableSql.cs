using System.Globalization;
using System.Text;
using Voxeltron.Cosmictron;

namespace Voxeltron.Tests.Integration.Views;

/// <summary>A mission's tables and rows in Postgres's words, and the rows as the store takes them.</summary>
internal static class TableSql
{
    // A pooled connection may still have the tables of the run before.
    public static string CreateSql(IEnumerable<TableSchema> tables) => string.Join('\n', tables.Select(static table =>
        $"drop table if exists pg_temp.{table.Name}; create temp table {table.Name} ({string.Join(", ", table.Columns.Select(static column => $"{column.Name} {SqlType(column)}{(column.Nullable ? "" : " not null")}"))}, primary key ({string.Join(", ", table.Key)}));"));

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
