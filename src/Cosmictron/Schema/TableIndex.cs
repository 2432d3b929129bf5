namespace Voxeltron.Cosmictron;

/// <summary>
/// A second order of a table's rows: by these columns, nulls last, then by key. A unique one lets no two rows share its
/// columns' values, unless one of them is null.
/// </summary>
public sealed record TableIndex(string Name, IReadOnlyList<string> Columns, bool Unique = false);
