using Voxeltron.Cells;
using Voxeltron.CellWorker;
using Voxeltron.Kernel;
using Voxeltron.Tests.Integration.Fabric;
using Xunit;

namespace Voxeltron.Tests.Integration.Worker;

/// <summary>Goal: a host that runs for months keeps a bounded number of compiled modules and none a mission needs is lost. Method: the real engine, a shelf that counts what is read.</summary>
public sealed class ModuleCatalogTests : IDisposable
{
    private static readonly TenantId s_tenant = new("demo");
    private readonly CellEngine _engine = new(new CellEngineOptions { MaxCells = 2 });
    private readonly ModuleShelf _shelf = new();

    public void Dispose() => _engine.Dispose();

    [Fact]
    public async Task Beyond_the_bound_the_least_recently_used_module_nobody_holds_is_let_go()
    {
        using var catalog = new ModuleCatalog(_engine, _shelf, new InProcessLoader(_engine), capacity: 2);
        var held = _shelf.Add(BuiltFiles.Sample("echo/echo.wasm"));
        var older = _shelf.Add(BuiltFiles.Guest("busy"));
        var newer = _shelf.Add(BuiltFiles.Guest("caller"));
        using var mission = await catalog.FindAsync(s_tenant, held, CancellationToken.None);
        await UseAsync(catalog, older);
        await UseAsync(catalog, newer);
        Assert.Equal(2, catalog.Count);

        await UseAsync(catalog, newer);
        await UseAsync(catalog, held);
        Assert.Equal([held, older, newer], _shelf.Read);
        await UseAsync(catalog, older);
        Assert.Equal([held, older, newer, older], _shelf.Read);
        Assert.Equal(2, catalog.Count);
        // What the mission holds can still boot: a disposed module could not be linked.
        using var cell = Cell.Boot(_engine, mission!.Module, new CellId(Guid.NewGuid()), CellProfile.Default, new BootClock(TimeProvider.System));
    }

    [Fact]
    public async Task Modules_that_missions_hold_may_go_beyond_the_bound_until_they_are_released()
    {
        using var catalog = new ModuleCatalog(_engine, _shelf, new InProcessLoader(_engine), capacity: 1);
        var first = await catalog.FindAsync(s_tenant, _shelf.Add(BuiltFiles.Sample("echo/echo.wasm")), CancellationToken.None);
        var second = await catalog.FindAsync(s_tenant, _shelf.Add(BuiltFiles.Guest("busy")), CancellationToken.None);
        Assert.Equal(2, catalog.Count);
        first!.Dispose();
        first.Dispose();
        Assert.Equal(1, catalog.Count);
        second!.Dispose();
        Assert.Equal(1, catalog.Count);
    }

    [Fact]
    public async Task A_module_that_did_not_compile_is_tried_again_by_the_next_who_asks()
    {
        using var catalog = new ModuleCatalog(_engine, _shelf, new InProcessLoader(_engine));
        var broken = _shelf.Add([0, 1, 2, 3]);
        await Assert.ThrowsAnyAsync<Exception>(async () => await catalog.FindAsync(s_tenant, broken, CancellationToken.None));
        Assert.Equal(0, catalog.Count);
        await Assert.ThrowsAnyAsync<Exception>(async () => await catalog.FindAsync(s_tenant, broken, CancellationToken.None));
        Assert.Equal([broken, broken], _shelf.Read);
    }

    [Fact]
    public async Task A_module_whose_stored_bytes_are_another_s_is_refused_and_never_runs()
    {
        using var catalog = new ModuleCatalog(_engine, _shelf, new InProcessLoader(_engine));
        var echo = BuiltFiles.Sample("echo/echo.wasm");
        var digest = _shelf.Add(echo);
        // A good module, only not the one whose digest the mission's spec names.
        _shelf.Replace(digest, BuiltFiles.Guest("busy"));
        var refused = await Assert.ThrowsAsync<VoxeltronException>(async () => await catalog.FindAsync(s_tenant, digest, CancellationToken.None));
        Assert.Equal("module_corrupt", refused.FaultCode);
        Assert.Contains(digest.Value, refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, catalog.Count);

        _shelf.Replace(digest, echo);
        await UseAsync(catalog, digest);
        Assert.Equal([digest, digest], _shelf.Read);
    }

    private static async Task UseAsync(ModuleCatalog catalog, ModuleDigest digest)
    {
        using var module = await catalog.FindAsync(s_tenant, digest, CancellationToken.None);
        Assert.Equal(digest, module!.Module.Digest);
    }
}
