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
internal sealed class ModuleCatalog(CellEngine engine, IModuleSource source, int capacity = ModuleCatalog.MostModules) : IDisposable
{
    /// <summary>Compiled modules kept; machine code is some hundred KiB each.</summary>
    public const int MostModules = 256;

    private readonly Lock _gate = new();

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

    public AdmissionResult Admit(ModuleDigest digest, byte[] wasm)
    {
        if (ModuleDigest.Of(wasm) != digest)
        {
            return new AdmissionResult(false, "digest_mismatch", "The bytes are not the ones the signed intent names.", 0, [], []);
        }

        var verdict = engine.Admit(wasm, AdmissionLimits.Default);
        if (verdict.Admitted)
        {
            Hold(digest, wasm).Dispose();
        }

        return verdict;
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
                ? Hold(digest, wasm)
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
        lock (_gate)
        {
            foreach (var slot in _compiled.Values)
            {
                slot.Free();
            }

            _compiled.Clear();
        }
    }

    private HeldModule? TryHold(ModuleDigest digest)
    {
        lock (_gate)
        {
            return _compiled.TryGetValue(digest, out var slot) && slot.Module.IsValueCreated ? Take(slot) : null;
        }
    }

    private HeldModule Hold(ModuleDigest digest, byte[] wasm)
    {
        HeldModule held;
        Slot? slot;
        lock (_gate)
        {
            if (!_compiled.TryGetValue(digest, out slot))
            {
                _compiled[digest] = slot = new Slot(new Lazy<CellModule>(() => engine.Compile(wasm, digest)));
            }

            held = Take(slot);
        }

        try
        {
            // Outside the lock, which every boot's mission asks for: compiling takes tens of milliseconds.
            _ = slot.Module.Value;
        }
        catch
        {
            // A Lazy keeps its failure for ever; the next one who asks shall try again.
            lock (_gate)
            {
                if (_compiled.GetValueOrDefault(digest) == slot)
                {
                    _compiled.Remove(digest);
                }
            }

            throw;
        }

        return held;
    }

    /// <summary>Under the lock.</summary>
    private HeldModule Take(Slot slot)
    {
        slot.Holds++;
        slot.LastUse = ++_uses;
        return new HeldModule(slot.Module, () => Release(slot));
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

    private sealed class Slot(Lazy<CellModule> module)
    {
        public Lazy<CellModule> Module { get; } = module;

        public int Holds { get; set; }

        public long LastUse { get; set; }

        public void Free()
        {
            if (Module.IsValueCreated)
            {
                Module.Value.Dispose();
            }
        }
    }
}

/// <summary>A compiled module that stays compiled until this is disposed.</summary>
internal sealed class HeldModule(Lazy<CellModule> module, Action release) : IDisposable
{
    private Action? _release = release;

    public CellModule Module => module.Value;

    public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
}

/// <summary>Where registered modules are read from.</summary>
internal interface IModuleSource
{
    /// <returns>Null when the tenant has no such registered module; empty when it has and the bytes were not asked for.</returns>
    ValueTask<byte[]?> ReadAsync(TenantId tenant, ModuleDigest digest, bool withBytes, CancellationToken cancel);
}
