namespace Voxeltron.Ninmu;

/// <summary>A declared state table, in the words of the spec: this library does not know the store.</summary>
public sealed record SpecTable(
    string Name, IReadOnlyList<SpecColumn> Columns, IReadOnlyList<string> Key, string Scope, IReadOnlyList<SpecIndex> Indexes);

/// <summary>One column; the type is one of int64, float64, bool, text, bytes, decimal, timestamp, json.</summary>
/// <param name="Precision">Digits of a decimal in all; 0 for every other type.</param>
/// <param name="Scale">Digits of a decimal after the point.</param>
public sealed record SpecColumn(string Name, string Type, bool Nullable, int Precision, int Scale);

/// <summary>A second order of a table's rows, unique where it says so.</summary>
public sealed record SpecIndex(string Name, IReadOnlyList<string> Columns, bool Unique);

/// <summary>A declared view, its SQL not looked at.</summary>
/// <param name="Published">People follow it from outside.</param>
public sealed record SpecView(string Name, string Sql, bool Published);
