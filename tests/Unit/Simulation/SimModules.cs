using Voxeltron.Cells;
using Voxeltron.CellWorker;
using Voxeltron.Kernel;
using Voxeltron.Replay;
using Voxeltron.Tests.Unit.Replay;
using Voxeltron.Tests.Unit.Ultra;
using Voxeltron.Ultra;

namespace Voxeltron.Tests.Unit.Simulation;

/// <summary>The agent guest, compiled once for all runs.</summary>
internal static class SimModules
{
    private static readonly byte[] s_agent = File.ReadAllBytes(Path.Combine(RepositoryRoot.Path, "tests", "Guests", "bin", "agent.wasm"));

    public static ModuleDigest Agent { get; } = ModuleDigest.Of(s_agent);

    public static CellEngine Engine { get; } = new(new CellEngineOptions { MaxCells = 64 });

    public static ModuleCatalog Catalog { get; } = new(Engine, new Shelf());

    public static TenantId Tenant { get; } = new("demo");

    /// <summary>For replay, which takes modules from the tenant's system stream.</summary>
    public static Lazy<Task<ModuleLibrary>> Library { get; } = new(LoadAsync);

    private static async Task<ModuleLibrary> LoadAsync()
    {
        var header = new EntryHeader(Tenant, StreamId.System(Tenant), 1, 1, 1, EntryKinds.ModuleSubmitted, "api/test");
        var library = new ModuleLibrary(Engine);
        await library.LoadAsync(RecordedMission.Stream([new Entry(header, $$"""{"digest":"{{Agent}}"}""", s_agent, new byte[PayloadDigest.SaltBytes], [])]), CancellationToken.None);
        return library;
    }

    private sealed class Shelf : IModuleSource
    {
        public ValueTask<byte[]?> ReadAsync(TenantId tenant, ModuleDigest digest, bool withBytes, CancellationToken cancel) =>
            ValueTask.FromResult(digest != Agent ? null : withBytes ? s_agent : []);
    }
}
