namespace Voxeltron.Ninmu;

/// <summary>A named input. A single one takes exactly one item and closes itself; any other takes up to <c>MaxItems</c> until it is closed.</summary>
public sealed record SpecInput(string Name, bool Single, int MaxItems);
