namespace Voxeltron.Cosmictron;

/// <summary>One typed column. Key columns are never nullable.</summary>
public sealed record Column(string Name, ColumnType Type, bool Nullable = false);
