using Voxeltron.Kernel;

namespace Voxeltron.Cells;

/// <summary>
/// A compiled, admitted module, ready to boot any number of cells from any thread. Cells keep what they need alive, so it
/// may be disposed while they run.
/// </summary>
public sealed class CellModule : IDisposable
{
    internal CellModule(ModuleDigest digest, CompiledModule compiled, ModuleShape shape, int abiVersion)
    {
        Digest = digest;
        Compiled = compiled;
        AbiVersion = abiVersion;
        Handlers = [.. AbiExports.Handlers.Keys.Where(name => shape.HasExport(name, ExternKind.Function))];
        InitialMemoryBytes = shape.MemoryBytes;
        InitialTableElements = shape.TableElements;
    }

    public ModuleDigest Digest { get; }

    public int AbiVersion { get; }

    /// <summary>Events it takes, by the names of their exports.</summary>
    public IReadOnlyList<string> Handlers { get; }

    public long InitialMemoryBytes { get; }

    public long InitialTableElements { get; }

    internal CompiledModule Compiled { get; }

    public void Dispose() => Compiled.Dispose();
}
