using Voxeltron.Cells;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>
/// Compiled modules a mission boots its cells of, held for as long as this host owns it: one let go could boot no further cell. A
/// version that was replaced stays, so that going back to it waits for no compiler.
/// </summary>
internal sealed class MissionModules(StreamRef stream, ModuleCatalog catalog) : IDisposable
{
    private readonly Dictionary<ModuleDigest, HeldModule> _held = [];

    public CellModule this[ModuleDigest digest] => _held[digest].Module;

    /// <returns>The first digest the tenant has no registered module for, or null when all are compiled.</returns>
    public async Task<ModuleDigest?> LoadAsync(IEnumerable<ModuleDigest> digests, CancellationToken cancel)
    {
        foreach (var digest in digests)
        {
            if (_held.ContainsKey(digest))
            {
                continue;
            }

            if (await FindAsync(digest, cancel) is not { } module)
            {
                return digest;
            }

            Hold(digest, module);
        }

        return null;
    }

    /// <summary>Compiles it if nobody did, away from the writer section once the database has answered.</summary>
    /// <returns>Null when the tenant has no registered module of that digest.</returns>
    public async Task<HeldModule?> FindAsync(ModuleDigest digest, CancellationToken cancel) => await catalog.FindAsync(stream.Tenant, digest, cancel);

    public bool Holds(ModuleDigest digest) => _held.ContainsKey(digest);

    public void Hold(ModuleDigest digest, HeldModule module) => _held.Add(digest, module);

    /// <summary>Lets go what no cell will be booted of any more.</summary>
    public void Keep(IEnumerable<ModuleDigest> digests)
    {
        var kept = digests.ToHashSet();
        foreach (var (digest, module) in _held.Where(pair => !kept.Contains(pair.Key)).ToList())
        {
            _held.Remove(digest);
            module.Dispose();
        }
    }

    public void Dispose()
    {
        foreach (var module in _held.Values)
        {
            module.Dispose();
        }

        _held.Clear();
    }
}
