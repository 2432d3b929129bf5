using Voxeltron.Kernel;

namespace Voxeltron.Cells;

/// <summary>
/// A compiled, admitted module, ready to boot any number of cells from any thread. Cells keep what they need alive, so it
/// may be disposed while they run.
/// </summary>
public sealed class CellModule : IDisposable
{
    private readonly Lock _pristineGate = new();
    private PristineMemory? _pristine;

    internal CellModule(ModuleDigest digest, CompiledModule compiled, ModuleShape shape, CapturePlan capture, int abiVersion)
    {
        Capture = capture;
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

    /// <summary>Null when its cells can be captured between any two events.</summary>
    public CaptureRefusal? NotCaptured => Capture.Refusal;

    internal CompiledModule Compiled { get; }

    internal CapturePlan Capture { get; }

    /// <summary>Made when it is first asked for, of an instance that is thrown away: a fraction of a millisecond for each MiB of it.</summary>
    /// <returns>Null when there is no room for that instance at this moment.</returns>
    internal PristineMemory? Pristine(CellEngine engine)
    {
        lock (_pristineGate)
        {
            return _pristine ??= ModuleProbe.ReadMemory(engine, Compiled);
        }
    }

    public void Dispose() => Compiled.Dispose();
}
