namespace Voxeltron.Ninmu;

/// <summary>A declared state table, in the words of the spec: this library does not know the store.</summary>
public sealed record SpecTable(string Name, IReadOnlyList<SpecColumn> Columns, IReadOnlyList<string> Key, string Scope);

/// <summary>One column; the type is one of int64, float64, bool, text, bytes.</summary>
public sealed record SpecColumn(string Name, string Type, bool Nullable);
