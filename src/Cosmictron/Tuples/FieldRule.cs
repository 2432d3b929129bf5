namespace Voxeltron.Cosmictron;

/// <summary>What one column allows in a tuple.</summary>
/// <param name="Bound">A decimal's units lie strictly between minus this and this.</param>
internal readonly record struct FieldRule(ColumnType Type, bool Nullable, Int128 Bound, int Scale)
{
    public static FieldRule Of(Column column) => new(
        column.Type, column.Nullable, column.Type == ColumnType.Decimal ? DecimalText.Power(column.Precision) : 0, column.Scale);
}
