namespace Voxeltron.Cosmictron;

/// <summary>Type of a column; the number is also the tag byte of a field in a tuple, so it never changes.</summary>
public enum ColumnType : byte
{
    Int64 = 1,
    Float64 = 2,
    Bool = 3,
    Text = 4,
    Bytes = 5,

    /// <summary>Exact, with the column's precision and scale.</summary>
    Decimal = 6,

    /// <summary>Unix microseconds, UTC, years 1 to 9999.</summary>
    Timestamp = 7,

    /// <summary>Any JSON value in RFC 8785 form; never in a key or an index.</summary>
    Json = 8,
}

/// <summary>The lower-case words by which specs, JSON and messages name column types.</summary>
public static class ColumnTypes
{
    public static string Word(this ColumnType type) => type switch
    {
        ColumnType.Int64 => "int64",
        ColumnType.Float64 => "float64",
        ColumnType.Bool => "bool",
        ColumnType.Text => "text",
        ColumnType.Bytes => "bytes",
        ColumnType.Decimal => "decimal",
        ColumnType.Timestamp => "timestamp",
        ColumnType.Json => "json",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "No such column type."),
    };

    public static bool TryParse(string? word, out ColumnType type)
    {
        type = word switch
        {
            "int64" => ColumnType.Int64,
            "float64" => ColumnType.Float64,
            "bool" => ColumnType.Bool,
            "text" => ColumnType.Text,
            "bytes" => ColumnType.Bytes,
            "decimal" => ColumnType.Decimal,
            "timestamp" => ColumnType.Timestamp,
            "json" => ColumnType.Json,
            _ => 0,
        };
        return type != 0;
    }
}
