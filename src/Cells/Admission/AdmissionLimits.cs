using Voxeltron.Kernel;

namespace Voxeltron.Cells;

/// <summary>
/// What a module may declare. Counts bound the time and memory of compilation, not what a useful cell needs: the
/// largest sample uses a hundredth of each.
/// </summary>
public sealed record AdmissionLimits
{
    public static readonly AdmissionLimits Default = new();

    public int ModuleBytes { get; init; } = Limits.ModuleBytes;

    /// <summary>
    /// Memory a module starts with. A declared maximum above it is allowed: the profile's limit makes memory.grow
    /// answer -1 long before.
    /// </summary>
    public long InitialMemoryBytes { get; init; } = 16 * 1024 * 1024;

    public long TableElements { get; init; } = 4096;

    public int Functions { get; init; } = 20_000;

    public int Globals { get; init; } = 1_000;

    /// <summary>Data and element segments together.</summary>
    public int Segments { get; init; } = 10_000;

    public int Imports { get; init; } = 200;

    public int Exports { get; init; } = 1_000;

    /// <summary>UTF-8 bytes of one import's module, import's name or export's name.</summary>
    public int NameBytes { get; init; } = 256;
}
