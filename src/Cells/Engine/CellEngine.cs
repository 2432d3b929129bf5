using Voxeltron.Cells.Interop;
using Voxeltron.Kernel;

namespace Voxeltron.Cells;

/// <summary>
/// The Wasm engine of a process: one pool of slots, one linker, one watchdog. Thread-safe. Cells hold on to what they need
/// of it natively, but dispose them first: without the ticker their watchdog stands still.
/// </summary>
public sealed class CellEngine : IDisposable
{
    /// <summary>Slots beyond the cells: one for admission and warm-up, one for a cell that is about to replace another.</summary>
    internal const int ReservedSlots = 2;

    private readonly Lazy<Saboteur> _saboteur;
    private readonly EpochTicker _ticker;
    private readonly CapacityWatch _capacity;
    private int _cellsLive;
    private int _disposed;

    /// <exception cref="EngineOptionsException">This machine cannot hold what the options ask for.</exception>
    public CellEngine(CellEngineOptions options)
    {
        Validate(options);
        Options = options;
        var (config, fingerprint) = EngineConfig.Build(options);
        Fingerprint = fingerprint;
        Handle = new EngineHandle(Native.wasm_engine_new_with_config(config));
        Linker = HostLinker.Build(Handle);
        _saboteur = new Lazy<Saboteur>(() => new Saboteur(this));
        _capacity = new CapacityWatch(options, () => CellsLive);
        _capacity.Look();
        _ticker = new EpochTicker(Handle, options.EpochPeriod, _capacity);
        WatchdogTicks = Math.Max(1, (ulong)(options.WatchdogLimit / options.EpochPeriod));
    }

    /// <summary>SHA-256 over the Wasmtime version and every knob and limit that a guest could notice. Lower-case hex.</summary>
    public string Fingerprint { get; }

    public CellEngineOptions Options { get; }

    /// <summary>How many cells a process may ask for on this machine.</summary>
    public static int MostCells => AddressSpace.MostCells();

    /// <summary>Cells booted and not yet disposed.</summary>
    public int CellsLive => Volatile.Read(ref _cellsLive);

    /// <summary>Held while one cell replaces another: the slot for that is one.</summary>
    public Lock Succession { get; } = new();

    /// <summary>Whether a cell that replaces another would be taken at this moment.</summary>
    public bool HasSuccession => !_capacity.IsTight;

    /// <summary>Whether another cell would be taken at this moment.</summary>
    public bool HasCapacity => CellsLive < Options.MaxCells && !_capacity.IsTight;

    /// <summary>What the process has left for cells.</summary>
    public CapacityReading Capacity => _capacity.Reading;

    internal EngineHandle Handle { get; }

    internal LinkerHandle Linker { get; }

    internal ulong WatchdogTicks { get; }

    /// <summary>Compiled when the first fault is injected: a thousand hosts of a thousand never need it.</summary>
    internal Saboteur Saboteur => _saboteur.Value;

    /// <summary>Null where a memory's own pages cannot be told from its module's.</summary>
    internal PageMap? Pages { get; } = MemoryDelta.FitsThisSystem ? PageMap.Open() : null;

    /// <summary>Cells can be captured on this system.</summary>
    public bool CanCapture => Pages is not null;

    internal Lock ProbeGate { get; } = new();

    /// <summary>
    /// Never throws for what an uploader sends. Compiles in this process, which takes tens of milliseconds and of a module that means
    /// harm as long as it likes: for tools that compile what they judge themselves. A worker inspects, has it compiled elsewhere, and maps.
    /// </summary>
    public AdmissionResult Admit(ReadOnlySpan<byte> wasm, AdmissionLimits limits)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        return ModuleAdmission.Admit(this, wasm, Bounded(limits));
    }

    /// <summary>Everything that can be said of a module without compiling it. Never throws for what an uploader sends.</summary>
    /// <exception cref="InvariantException">The bytes have another digest.</exception>
    public InspectedModule Inspect(ReadOnlyMemory<byte> wasm, ModuleDigest digest)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        RequireDigest(wasm.Span, digest);
        var limits = Bounded(AdmissionLimits.Default);
        var refusal = ModuleAdmission.Inspect(Handle, wasm.Span, limits, out var shape);
        return new InspectedModule(digest, wasm, limits, shape, refusal);
    }

    /// <summary>
    /// Makes a module of an artifact's file, links it and asks for its ABI: a fraction of a millisecond. The file is mapped and must never
    /// be written to again; it may be unlinked. Its bytes become code of this process: whoever calls has verified who made them.
    /// </summary>
    /// <exception cref="ArtifactException">This engine does not take it.</exception>
    /// <exception cref="ModuleRefusedException">It cannot run here: another ABI, or a segment out of bounds.</exception>
    public CellModule Map(InspectedModule module, string path)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        RequireAdmissible(module);
        var native = CompiledModule.Map(this, path, out var failure);
        return Take(module, native ?? throw Unusable(module, failure));
    }

    /// <summary>As <see cref="Map"/>, of bytes that are copied: for an artifact that could not be stored.</summary>
    public CellModule Load(InspectedModule module, ReadOnlySpan<byte> artifact)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        RequireAdmissible(module);
        var native = CompiledModule.Load(this, artifact, out var failure);
        return Take(module, native ?? throw Unusable(module, failure));
    }

    /// <summary>Compiles an admitted module in this process and warms its image. Off the boot path: tens of milliseconds.</summary>
    /// <exception cref="ModuleRefusedException">Admission would refuse it.</exception>
    public CellModule Compile(ReadOnlySpan<byte> wasm, ModuleDigest digest)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        RequireDigest(wasm, digest);
        var refusal = ModuleAdmission.Inspect(Handle, wasm, Bounded(AdmissionLimits.Default), out var shape);
        var capture = refusal is null ? CapturePlan.Of(wasm, shape!) : null;
        var compiled = capture is null ? null : CompiledModule.Compile(this, GlobalExports.Append(wasm.ToArray(), capture).Span, out refusal);
        if (compiled is null)
        {
            throw new ModuleRefusedException(refusal!.Code, digest, $"Module {digest} cannot be compiled: {refusal.Reason}") { Reason = refusal.Reason };
        }

        return Probe(digest, compiled, shape!, capture!);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        _ticker.Dispose();
        if (_saboteur.IsValueCreated)
        {
            _saboteur.Value.Dispose();
        }

        Linker.Dispose();
        Handle.Dispose();
        Pages?.Dispose();
    }

    /// <summary>Takes a place for a cell that is about to begin.</summary>
    /// <param name="evenIfTight">Another cell has just gone for it: the process holds no more than before.</param>
    /// <returns>Null when there is none.</returns>
    public CellPlace? TryReserve(bool evenIfTight = false) => TryEnter(evenIfTight: evenIfTight) is null ? new CellPlace(this) : null;

    /// <summary>Takes a place for one cell, or says why there is none.</summary>
    internal string? TryEnter(bool isSuccessor = false, bool evenIfTight = false)
    {
        if (_disposed != 0)
        {
            return "The engine is stopped.";
        }

        if (_capacity.IsTight && !evenIfTight)
        {
            return _capacity.Reading.Explain();
        }

        if (Interlocked.Increment(ref _cellsLive) > Options.MaxCells + (isSuccessor ? 1 : 0))
        {
            Interlocked.Decrement(ref _cellsLive);
            return _capacity.Reading.Explain();
        }

        return null;
    }

    internal void Leave() => Interlocked.Decrement(ref _cellsLive);

    /// <summary>Takes the native module, also when it is refused.</summary>
    private CellModule Take(InspectedModule module, WasmModuleHandle native)
    {
        var linked = CompiledModule.Link(this, native, out var refusal)
            ?? throw new ModuleRefusedException(refusal!.Code, module.Digest, $"Module {module.Digest} cannot be linked: {refusal.Reason}") { Reason = refusal.Reason };
        return Probe(module.Digest, linked, module.Shape!, module.Capture!);
    }

    private CellModule Probe(ModuleDigest digest, CompiledModule compiled, ModuleShape shape, CapturePlan capture)
    {
        var probe = ModuleProbe.Ask(this, compiled);
        if (probe.Refusal is null)
        {
            return new CellModule(digest, compiled, shape, capture, probe.AbiVersion);
        }

        compiled.Dispose();
        throw new ModuleRefusedException(probe.Refusal.Code, digest, $"Module {digest} cannot be run: {probe.Refusal.Reason}") { Reason = probe.Refusal.Reason };
    }

    // An artifact of a module that the rules forbid is none of ours, whatever it is signed by.
    private static void RequireAdmissible(InspectedModule module)
    {
        if (module.Refusal is { } refusal)
        {
            throw new ModuleRefusedException(refusal.Code!, module.Digest, $"Module {module.Digest} is refused: {refusal.Reason}") { Reason = refusal.Reason! };
        }
    }

    private static ArtifactException Unusable(InspectedModule module, string? failure) =>
        new(module.Digest, $"The engine does not take the artifact of module {module.Digest}: {failure}");

    private static void RequireDigest(ReadOnlySpan<byte> wasm, ModuleDigest digest)
    {
        if (ModuleDigest.Of(wasm) != digest)
        {
            throw new InvariantException($"The bytes given for module {digest} have another digest.");
        }
    }

    // A module that no slot can hold must be refused by name, not by the compiler.
    private AdmissionLimits Bounded(AdmissionLimits limits) => limits with
    {
        InitialMemoryBytes = Math.Min(limits.InitialMemoryBytes, Options.MaxMemoryBytes),
        TableElements = Math.Min(limits.TableElements, Options.MaxTableElements),
    };

    private static void Validate(CellEngineOptions options)
    {
        Require(options.MaxCells is >= 1 and <= 100_000, nameof(options.MaxCells), "between 1 and 100000");
        Require(
            options.MaxMemoryBytes is >= ModuleShape.PageBytes and <= EngineConfig.MemoryReservationBytes && options.MaxMemoryBytes % ModuleShape.PageBytes == 0,
            nameof(options.MaxMemoryBytes), "a multiple of 64 KiB up to 4 GiB");
        Require(options.MaxTableElements is >= 1 and <= 1_000_000, nameof(options.MaxTableElements), "between 1 and 1000000");
        Require(options.WarmSlots >= 0, nameof(options.WarmSlots), "0 or more");
        Require(
            options.EpochPeriod >= TimeSpan.FromMilliseconds(1) && options.EpochPeriod <= TimeSpan.FromSeconds(1),
            nameof(options.EpochPeriod), "between 1 ms and 1 s");
        Require(options.WatchdogLimit >= options.EpochPeriod, nameof(options.WatchdogLimit), "at least one epoch period");
        AddressSpace.Require(options);
    }

    private static void Require(bool holds, string option, string rule)
    {
        if (!holds)
        {
            throw new EngineOptionsException($"{option} must be {rule}.");
        }
    }
}
