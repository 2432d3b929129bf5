namespace Voxeltron.Cosmictron;

/// <summary>One typed column. Key columns are never nullable.</summary>
/// <param name="Precision">Digits of a decimal in all, 1 to <see cref="MaxPrecision"/>; 0 for every other type.</param>
/// <param name="Scale">Digits of a decimal after the point.</param>
public sealed record Column(string Name, ColumnType Type, bool Nullable = false, int Precision = 0, int Scale = 0)
{
    /// <summary>What .NET's and Postgres' decimals both hold exactly.</summary>
    public const int MaxPrecision = 28;
}
