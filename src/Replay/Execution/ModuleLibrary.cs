using System.Text.Json;
using Voxeltron.Cells;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Replay;

/// <summary>The modules a tenant uploaded, as the log holds them, compiled when first needed.</summary>
public sealed class ModuleLibrary(CellEngine engine) : IDisposable
{
    private readonly Dictionary<ModuleDigest, byte[]> _wasm = [];
    private readonly Dictionary<ModuleDigest, CellModule> _compiled = [];
    private readonly HashSet<ModuleDigest> _erased = [];

    /// <summary>Takes each module the tenant's system stream carries.</summary>
    public async Task LoadAsync(IAsyncEnumerable<Entry> systemStream, CancellationToken cancel)
    {
        await foreach (var entry in systemStream.WithCancellation(cancel))
        {
            if (entry.Header.Kind != EntryKinds.ModuleSubmitted)
            {
                continue;
            }

            using var body = JsonDocument.Parse(entry.Body.Utf8);
            var digest = new ModuleDigest(body.RootElement.GetProperty("digest").GetString()!);
            if (entry.Payload is not null)
            {
                _wasm[digest] = entry.Payload;
            }
            else
            {
                _erased.Add(digest);
            }
        }
    }

    /// <summary>The module was uploaded and every upload's bytes are gone since.</summary>
    public bool IsErased(ModuleDigest digest) => !_wasm.ContainsKey(digest) && _erased.Contains(digest);

    public CellModule Get(ModuleDigest digest)
    {
        if (_compiled.TryGetValue(digest, out var ready))
        {
            return ready;
        }

        if (!_wasm.TryGetValue(digest, out var wasm))
        {
            throw new VoxeltronException("module_missing", $"The log holds no module {digest}: was the right tenant named?");
        }

        if (ModuleDigest.Of(wasm) != digest)
        {
            throw new VoxeltronException("module_corrupt", $"The bytes the log holds for module {digest} have another digest. Run 'voxeltron-replay verify'.");
        }

        return _compiled[digest] = engine.Compile(wasm, digest);
    }

    public void Dispose()
    {
        foreach (var module in _compiled.Values)
        {
            module.Dispose();
        }
    }
}
