namespace Voxeltron.Cosmictron;

/// <summary>Type of an expression or a view's column: a column type, and of a decimal its digits after the point.</summary>
/// <param name="Scale">Of a decimal, 0 to <see cref="Column.MaxPrecision"/>; else 0.</param>
internal readonly record struct ViewType(ColumnType Type, int Scale = 0)
{
    public static readonly ViewType Int64 = new(ColumnType.Int64);
    public static readonly ViewType Float64 = new(ColumnType.Float64);
    public static readonly ViewType Bool = new(ColumnType.Bool);
    public static readonly ViewType Text = new(ColumnType.Text);
    public static readonly ViewType Timestamp = new(ColumnType.Timestamp);

    public static ViewType Decimal(int scale) => new(ColumnType.Decimal, scale);

    /// <summary>Values are equal or not and have an order: all but json, which Postgres cannot compare either.</summary>
    public bool IsComparable => Type != ColumnType.Json;

    public override string ToString() => Type == ColumnType.Decimal ? $"decimal({Column.MaxPrecision},{Scale})" : Type.Word();
}

/// <summary>One column of a plan's rows.</summary>
internal sealed record ViewColumn(string Name, ViewType Type, bool Nullable);
