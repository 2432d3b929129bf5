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
    private static readonly Dictionary<ModuleDigest, byte[]> s_guests = ((byte[][])[Guest("agent"), Guest("follow"), [.. Guest("follow"), .. CustomSection], Guest("flaky")])
        .ToDictionary(static wasm => ModuleDigest.Of(wasm));

    // Another digest, the same code.
    private static ReadOnlySpan<byte> CustomSection => [0, 3, 2, (byte)'v', (byte)'2'];

    public static ModuleDigest Agent { get; } = s_guests.Keys.First();

    /// <summary>A module, a second version of it that does the same, and a third that often fails to resume.</summary>
    public static IReadOnlyList<ModuleDigest> Followers { get; } = [.. s_guests.Keys.Skip(1)];

    public static ModuleDigest Follow => Followers[0];

    public static CellEngine Engine { get; } = new(new CellEngineOptions { MaxCells = 64 });

    public static ModuleCatalog Catalog { get; } = new(Engine, new Shelf(), new InProcessLoader(Engine));

    public static TenantId Tenant { get; } = new("demo");

    /// <summary>For replay, which takes modules from the tenant's system stream.</summary>
    public static Lazy<Task<ModuleLibrary>> Library { get; } = new(LoadAsync);

    private static byte[] Guest(string name) => File.ReadAllBytes(Path.Combine(RepositoryRoot.Path, "tests", "Guests", "bin", name + ".wasm"));

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
