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

    // By the worker that admitted the module; absent while no verdict is in the log.
    private readonly Dictionary<ModuleDigest, int> _abi = [];

    /// <summary>Takes each module the tenant's system stream carries.</summary>
    public async Task LoadAsync(IAsyncEnumerable<Entry> systemStream, CancellationToken cancel)
    {
        await foreach (var entry in systemStream.WithCancellation(cancel))
        {
            if (entry.Header.Kind is not (EntryKinds.ModuleSubmitted or EntryKinds.ModuleRegistered))
            {
                continue;
            }

            try
            {
                Take(entry);
            }
            catch (Exception malformed) when (malformed is JsonException or KeyNotFoundException or FormatException or InvalidOperationException or ArgumentException)
            {
                throw new VoxeltronException("module_malformed", $"The {entry.Header.Kind} at seq {entry.Header.Seq} of the tenant's system stream names no module: {malformed.Message} Run 'voxeltron-replay verify'.");
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

        if (_abi.TryGetValue(digest, out var abi) && abi != AbiVersion.Number)
        {
            throw new VoxeltronException("abi_unknown", $"Module {digest} was admitted for ABI version {abi}; this tool knows {AbiVersion.Number}. Use the replay tool of the release that wrote the log.");
        }

        if (ModuleDigest.Of(wasm) != digest)
        {
            throw new VoxeltronException("module_corrupt", $"The bytes the log holds for module {digest} have another digest. Run 'voxeltron-replay verify'.");
        }

        return _compiled[digest] = engine.Compile(wasm, digest);
    }

    private void Take(Entry entry)
    {
        using var body = JsonDocument.Parse(entry.Body.Utf8);
        var digest = new ModuleDigest(body.RootElement.GetProperty("digest").GetString()!);
        if (entry.Header.Kind == EntryKinds.ModuleRegistered)
        {
            _abi[digest] = body.RootElement.GetProperty("abi").GetInt32();
        }
        else if (entry.Payload is not null)
        {
            _wasm[digest] = entry.Payload;
        }
        else
        {
            _erased.Add(digest);
        }
    }

    public void Dispose()
    {
        foreach (var module in _compiled.Values)
        {
            module.Dispose();
        }
    }
}
