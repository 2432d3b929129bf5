using Voxeltron.Cells;
using Voxeltron.CellWorker;
using Voxeltron.Kernel;
using Voxeltron.Replay;
using Voxeltron.Tests.Unit.Replay;
using Voxeltron.Tests.Unit.Ultra;
using Voxeltron.Ultra;

namespace Voxeltron.Tests.Unit.Simulation;

/// <summary>The guests of simulated missions, compiled once for all runs.</summary>
internal static class SimModules
{
    private static readonly Dictionary<ModuleDigest, byte[]> s_guests = ((string[])["agent", "follow"])
        .Select(static name => File.ReadAllBytes(Path.Combine(RepositoryRoot.Path, "tests", "Guests", "bin", name + ".wasm")))
        .ToDictionary(static wasm => ModuleDigest.Of(wasm));

    public static ModuleDigest Agent { get; } = s_guests.Keys.First();

    public static ModuleDigest Follow { get; } = s_guests.Keys.Last();

    public static CellEngine Engine { get; } = new(new CellEngineOptions { MaxCells = 64 });

    public static ModuleCatalog Catalog { get; } = new(Engine, new Shelf());

    public static TenantId Tenant { get; } = new("demo");

    /// <summary>For replay, which takes modules from the tenant's system stream.</summary>
    public static Lazy<Task<ModuleLibrary>> Library { get; } = new(LoadAsync);

    private static async Task<ModuleLibrary> LoadAsync()
    {
        var library = new ModuleLibrary(Engine);
        var entries = s_guests.Select(static (guest, i) => new Entry(
            new EntryHeader(Tenant, StreamId.System(Tenant), 1 + i, 1, 1, EntryKinds.ModuleSubmitted, "api/test"), $$"""{"digest":"{{guest.Key}}"}""", guest.Value, new byte[PayloadDigest.SaltBytes], []));
        await library.LoadAsync(RecordedMission.Stream([.. entries]), CancellationToken.None);
        return library;
    }

    private sealed class Shelf : IModuleSource
    {
        public ValueTask<byte[]?> ReadAsync(TenantId tenant, ModuleDigest digest, bool withBytes, CancellationToken cancel) =>
            ValueTask.FromResult(!s_guests.TryGetValue(digest, out var wasm) ? null : withBytes ? wasm : []);
    }
}
