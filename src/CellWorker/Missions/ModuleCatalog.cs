using Voxeltron.Cells;
using Voxeltron.Kernel;

namespace Voxeltron.CellWorker;

/// <summary>
/// Compiled modules of this host, by digest: each is compiled once, before any cell of it boots. A digest names bytes,
/// so what one tenant compiled another may boot; whether a tenant may use it is asked of the database every time.
/// </summary>
/// <remarks>
/// Bounded: beyond <paramref name="capacity"/> the least recently used module that no mission holds is let go, and compiled again
/// when somebody asks. Modules held are never let go, so missions of many modules may go beyond the bound for as long as they run.
/// </remarks>
internal sealed class ModuleCatalog(CellEngine engine, IModuleSource source, IModuleLoader loader, int capacity = ModuleCatalog.MostModules) : IDisposable
{
    /// <summary>Compiled modules kept; machine code is some hundred KiB each.</summary>
    public const int MostModules = 256;

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();

    // Both guarded by _gate, as is every slot's count and time.
    private readonly Dictionary<ModuleDigest, Slot> _compiled = [];
    private long _uses;

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _compiled.Count;
            }
        }
    }

    public async ValueTask<AdmissionResult> AdmitAsync(ModuleDigest digest, byte[] wasm, CancellationToken cancel)
    {
        if (ModuleDigest.Of(wasm) != digest)
        {
            return new AdmissionResult(false, "digest_mismatch", "The bytes are not the ones the signed intent names.", 0, [], []);
        }

        var inspected = engine.Inspect(wasm, digest);
        if (inspected.Refusal is { } refusal)
        {
            return refusal;
        }

        try
        {
            using var held = await HoldAsync(inspected, cancel);
            return inspected.Admitted(held.Module);
        }
        catch (ModuleRefusedException refused)
        {
            return inspected.Refused(refused.FaultCode, refused.Reason);
        }
    }

    /// <returns>Null when the tenant has no registered module of that digest. Dispose it when no cell of it will be booted any more.</returns>
    public async ValueTask<HeldModule?> FindAsync(TenantId tenant, ModuleDigest digest, CancellationToken cancel)
    {
        // Held before the question, or it could be let go while the answer is on its way.
        var held = TryHold(digest);
        try
        {
            var wasm = await source.ReadAsync(tenant, digest, withBytes: held is null, cancel);
            if (wasm is null)
            {
                held?.Dispose();
                return null;
            }

            if (held is not null)
            {
                return held;
            }

            return ModuleDigest.Of(wasm) == digest
                ? await HoldAsync(Inspect(wasm, digest), cancel)
                : throw new VoxeltronException("module_corrupt", $"The stored bytes of module {digest} do not have that digest. Run 'voxeltron-replay verify' and restore from a good backup.");
        }
        catch
        {
            held?.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        lock (_gate)
        {
            foreach (var slot in _compiled.Values)
            {
                slot.Free();
            }

            _compiled.Clear();
        }

        _stop.Dispose();
    }

    private InspectedModule Inspect(byte[] wasm, ModuleDigest digest)
    {
        var inspected = engine.Inspect(wasm, digest);
        return inspected.Refusal is not { } refusal
            ? inspected
            : throw new ModuleRefusedException(refusal.Code!, digest, $"Module {digest} cannot be compiled: {refusal.Reason}") { Reason = refusal.Reason! };
    }

    private HeldModule? TryHold(ModuleDigest digest)
    {
        lock (_gate)
        {
            return _compiled.TryGetValue(digest, out var slot) && slot.IsReady ? Take(slot) : null;
        }
    }

    private async ValueTask<HeldModule> HoldAsync(InspectedModule module, CancellationToken cancel)
    {
        HeldModule held;
        Slot? slot;
        lock (_gate)
        {
            if (!_compiled.TryGetValue(module.Digest, out slot))
            {
                // One compilation for all who ask: it ends with this catalog, not with whoever asked first.
                Slot? made = null;
                made = new Slot(new Lazy<Task<CellModule>>(() => LoadAsync(module, () => made!)));
                _compiled[module.Digest] = slot = made;
            }

            held = Take(slot);
        }

        try
        {
            // Outside the lock, which every boot's mission asks for: compiling takes tens of milliseconds.
            await slot.Module.Value.WaitAsync(cancel);
            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>A failure is not kept, whether anybody still waits for it or not: the next one who asks shall try again.</summary>
    private async Task<CellModule> LoadAsync(InspectedModule module, Func<Slot> slot)
    {
        try
        {
            return await loader.LoadAsync(module, _stop.Token);
        }
        catch
        {
            lock (_gate)
            {
                if (_compiled.GetValueOrDefault(module.Digest) == slot())
                {
                    _compiled.Remove(module.Digest);
                }
            }

            throw;
        }
    }

    /// <summary>Under the lock.</summary>
    private HeldModule Take(Slot slot)
    {
        slot.Holds++;
        slot.LastUse = ++_uses;
        return new HeldModule(slot, () => Release(slot));
    }

    private void Release(Slot slot)
    {
        lock (_gate)
        {
            slot.Holds--;
            slot.LastUse = ++_uses;
            while (_compiled.Count > capacity && LeastRecentlyUsed() is { } oldest)
            {
                _compiled.Remove(oldest, out var gone);
                gone!.Free();
            }
        }
    }

    private ModuleDigest? LeastRecentlyUsed()
    {
        var free = _compiled.Where(static pair => pair.Value.Holds == 0).ToList();
        return free.Count == 0 ? null : free.MinBy(static pair => pair.Value.LastUse).Key;
    }

    internal sealed class Slot(Lazy<Task<CellModule>> module)
    {
        public Lazy<Task<CellModule>> Module { get; } = module;

        public int Holds { get; set; }

        public long LastUse { get; set; }

        public bool IsReady => Module.IsValueCreated && Module.Value.IsCompletedSuccessfully;

        /// <summary>One that is still being compiled is freed when it is done.</summary>
        public void Free()
        {
            if (Module.IsValueCreated)
            {
                Module.Value.ContinueWith(
                    static done => done.Result.Dispose(), CancellationToken.None,
                    TaskContinuationOptions.OnlyOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
        }
    }
}

/// <summary>A compiled module that stays compiled until this is disposed.</summary>
internal sealed class HeldModule(ModuleCatalog.Slot slot, Action release) : IDisposable
{
    private Action? _release = release;

    public CellModule Module => slot.Module.Value.Result;

    public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
}

/// <summary>Where registered modules are read from.</summary>
internal interface IModuleSource
{
    /// <returns>Null when the tenant has no such registered module; empty when it has and the bytes were not asked for.</returns>
    ValueTask<byte[]?> ReadAsync(TenantId tenant, ModuleDigest digest, bool withBytes, CancellationToken cancel);
}
