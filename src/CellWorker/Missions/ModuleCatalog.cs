using System.Collections.Concurrent;
using Voxeltron.Cells;
using Voxeltron.Kernel;

namespace Voxeltron.CellWorker;

/// <summary>
/// Compiled modules of this host, by digest: each is compiled once, before any cell of it boots. A digest names bytes,
/// so what one tenant compiled another may boot; whether a tenant may use it is asked of the database every time.
/// </summary>
internal sealed class ModuleCatalog(CellEngine engine, IModuleSource source) : IDisposable
{
    private readonly ConcurrentDictionary<ModuleDigest, Lazy<CellModule>> _compiled = new();

    public AdmissionResult Admit(ModuleDigest digest, byte[] wasm)
    {
        if (ModuleDigest.Of(wasm) != digest)
        {
            return new AdmissionResult(false, "digest_mismatch", "The bytes are not the ones the signed intent names.", 0, [], []);
        }

        var verdict = engine.Admit(wasm, AdmissionLimits.Default);
        if (verdict.Admitted)
        {
            Compile(digest, wasm);
        }

        return verdict;
    }

    /// <returns>Null when the tenant has no registered module of that digest.</returns>
    public async ValueTask<CellModule?> FindAsync(TenantId tenant, ModuleDigest digest, CancellationToken cancel)
    {
        var wasm = await source.ReadAsync(tenant, digest, withBytes: !_compiled.ContainsKey(digest), cancel);
        if (wasm is null)
        {
            return null;
        }

        if (_compiled.TryGetValue(digest, out var ready))
        {
            return ready.Value;
        }

        if (ModuleDigest.Of(wasm) != digest)
        {
            throw new VoxeltronException("module_corrupt", $"The stored bytes of module {digest} do not have that digest. Run 'voxeltron-replay verify' and upload the module again.");
        }

        return Compile(digest, wasm);
    }

    public void Dispose()
    {
        foreach (var module in _compiled.Values)
        {
            if (module.IsValueCreated)
            {
                module.Value.Dispose();
            }
        }
    }

    private CellModule Compile(ModuleDigest digest, byte[] wasm) =>
        _compiled.GetOrAdd(digest, key => new Lazy<CellModule>(() => engine.Compile(wasm, key))).Value;
}

/// <summary>Where registered modules are read from.</summary>
internal interface IModuleSource
{
    /// <returns>Null when the tenant has no such registered module; empty when it has and the bytes were not asked for.</returns>
    ValueTask<byte[]?> ReadAsync(TenantId tenant, ModuleDigest digest, bool withBytes, CancellationToken cancel);
}
