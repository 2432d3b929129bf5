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

    /// <summary>Takes each module the tenant's system stream carries.</summary>
    public async Task LoadAsync(IAsyncEnumerable<Entry> systemStream, CancellationToken cancel)
    {
        await foreach (var entry in systemStream.WithCancellation(cancel))
        {
            if (entry.Header.Kind == EntryKinds.ModuleSubmitted && entry.Payload is not null)
            {
                using var body = JsonDocument.Parse(entry.Body);
                _wasm[new ModuleDigest(body.RootElement.GetProperty("digest").GetString()!)] = entry.Payload;
            }
        }
    }

    public CellModule Get(ModuleDigest digest)
    {
        if (_compiled.TryGetValue(digest, out var ready))
        {
            return ready;
        }

        if (!_wasm.TryGetValue(digest, out var wasm))
        {
            throw new VoxeltronException("module_missing", $"The log holds no bytes of module {digest}: it was erased, or the wrong tenant was named.");
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
