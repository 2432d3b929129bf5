using System.Globalization;
using System.Text;
using Npgsql;
using Voxeltron.Cosmictron;

namespace Voxeltron.Tests.Integration.Views;

/// <summary>One text for a value, whether it came out of a circuit or out of Postgres.</summary>
internal static class Canonical
{
    public static string Decimal(Int128 units, int scale)
    {
        var digits = Int128.Abs(units).ToString(CultureInfo.InvariantCulture).PadLeft(scale + 1, '0');
        return $"{(units < 0 ? "-" : "")}{digits[..^scale]}{(scale == 0 ? "" : "." + digits[^scale..])}";
    }

    /// <summary>The rows of a view as sorted lines, one for each time a row is in it.</summary>
    public static List<string> Rows(ViewOutput view)
    {
        var lines = new List<string>();
        var position = view.Rows.Seek([]);
        while (view.Rows.TryRead(ref position, [], out var row, out var weight))
        {
            // A row less often than never would be a bug of its own.
            lines.AddRange(Enumerable.Repeat(Row(view, row), weight >= 0 ? (int)weight : throw new InvalidOperationException($"weight {weight}")));
        }

        lines.Sort(StringComparer.Ordinal);
        return lines;
    }

    public static string Row(ViewOutput view, ReadOnlySpan<byte> row)
    {
        var columns = view.Plan.Columns;
        var values = new Value[columns.Count];
        var scratch = new Scratch();
        view.Codec.Decode(row, values, scratch);
        var context = new EvaluationContext(row, values, scratch);
        var fields = new string[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            fields[i] = values[i].IsNull ? "null" : columns[i].Type.Type switch
            {
                ColumnType.Int64 => values[i].Int64.ToString(CultureInfo.InvariantCulture),
                ColumnType.Float64 => Float(values[i].Float64),
                ColumnType.Bool => values[i].Bool ? "t" : "f",
                ColumnType.Decimal => Trimmed(Decimal(values[i].Units, columns[i].Type.Scale)),
                ColumnType.Timestamp => Time(Kernel.UnixTime.ToDateTime(values[i].Int64)),
                ColumnType.Bytes => Convert.ToHexString(values[i].Bytes(context)),
                _ => "'" + Encoding.UTF8.GetString(values[i].Bytes(context)),
            };
        }

        return string.Join('|', fields);
    }

    public static async Task<List<string>> RowsAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await reader.ReadAsync())
        {
            lines.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => Field(reader.GetValue(i)))));
        }

        lines.Sort(StringComparer.Ordinal);
        return lines;
    }

    private static string Field(object value) => value switch
    {
        DBNull => "null",
        double number => Float(number),
        bool truth => truth ? "t" : "f",
        decimal number => Trimmed(number.ToString(CultureInfo.InvariantCulture)),
        DateTime time => Time(time),
        byte[] bytes => Convert.ToHexString(bytes),
        string text => "'" + text,
        _ => ((IFormattable)value).ToString(null, CultureInfo.InvariantCulture),
    };

    private static string Float(double number) => number == 0 ? "0" : number.ToString("R", CultureInfo.InvariantCulture);

    private static string Time(DateTime time) => time.ToString("O", CultureInfo.InvariantCulture);

    private static string Trimmed(string number)
    {
        var trimmed = number.Contains('.', StringComparison.Ordinal) ? number.TrimEnd('0').TrimEnd('.') : number;
        return trimmed == "-0" ? "0" : trimmed;
    }
}
