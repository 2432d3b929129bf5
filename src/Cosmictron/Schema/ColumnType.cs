namespace Voxeltron.Cosmictron;

/// <summary>Type of a column; the number is also the tag byte of a field in a tuple, so it never changes.</summary>
public enum ColumnType : byte
{
    Int64 = 1,
    Float64 = 2,
    Bool = 3,
    Text = 4,
    Bytes = 5,
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
            _ => 0,
        };
        return type != 0;
    }
}
