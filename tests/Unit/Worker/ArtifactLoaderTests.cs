using System.Diagnostics;
using Voxeltron.Cells;
using Voxeltron.CellWorker;
using Voxeltron.Kernel;
using Voxeltron.Tests.Unit.Cells;
using Xunit;
using Xunit.Abstractions;

namespace Voxeltron.Tests.Unit.Worker;

/// <summary>Goal: a module is compiled once for a state directory and runs the same from wherever it came. Method: the real engine, child and files; a worker that starts again is a second loader over the same directory.</summary>
public sealed class ArtifactLoaderTests(CellFixture cells, ITestOutputHelper output) : IClassFixture<CellFixture>, IDisposable
{
    private readonly ArtifactStand _stand = new();

    public void Dispose() => _stand.Dispose();

    [Fact]
    public async Task A_worker_that_starts_again_maps_what_its_predecessor_compiled()
    {
        var wasm = CellFixture.Guest("agent");
        var (first, firstQueue, firstCompiled) = _stand.Loader(cells.Engine, _stand.Store());
        using var _ = firstQueue;
        (await LoadAsync(first, wasm)).Dispose();
        Assert.Equal(1, firstCompiled());

        var (second, secondQueue, secondCompiled) = _stand.Loader(cells.Engine, _stand.Store());
        using var __ = secondQueue;
        using var module = await LoadAsync(second, wasm);
        Assert.Equal(0, secondCompiled());
        Assert.Equal(Fuel(cells.Module("agent")), Fuel(module));
    }

    [Fact]
    public async Task A_mapped_module_runs_on_when_its_file_is_gone()
    {
        var (loader, queue, _) = _stand.Loader(cells.Engine, _stand.Store());
        using var __ = queue;
        using var module = await LoadAsync(loader, CellFixture.Guest("agent"));
        File.Delete(Assert.Single(_stand.Files()));
        Assert.Equal(Fuel(cells.Module("agent")), Fuel(module));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_damaged_or_unusable_artifact_is_said_once_and_compiled_anew(bool underAGoodSeal)
    {
        var wasm = CellFixture.Guest("caller");
        var store = _stand.Store();
        var (loader, queue, compilations) = _stand.Loader(cells.Engine, store);
        using var _ = queue;
        if (underAGoodSeal)
        {
            store.Put(ArtifactStand.Key(ModuleDigest.Of(wasm), cells.Engine), new byte[1000]);
        }
        else
        {
            (await LoadAsync(loader, wasm)).Dispose();
            using var file = new FileStream(_stand.Files()[0], FileMode.Open, FileAccess.ReadWrite);
            file.Position = 5000;
            file.WriteByte((byte)(file.ReadByte() ^ 1));
        }

        var before = compilations();
        (await LoadAsync(loader, wasm)).Dispose();
        (await LoadAsync(loader, wasm)).Dispose();
        Assert.Equal(before + 1, compilations());
        Assert.Single(_stand.Said.Lines, static line => line.Contains("is not used", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Where_nothing_can_be_stored_modules_are_compiled_and_run()
    {
        var blocked = Path.Combine(_stand.Root, "blocked");
        File.WriteAllText(blocked, "");
        var (loader, queue, compilations) = _stand.Loader(cells.Engine, _stand.Store(directory: blocked));
        using var _ = queue;
        using var module = await LoadAsync(loader, CellFixture.Guest("agent"));
        (await LoadAsync(loader, CellFixture.Guest("agent"))).Dispose();
        Assert.Equal(2, compilations());
        Assert.Equal(Fuel(cells.Module("agent")), Fuel(module));
        Assert.Single(_stand.Said.Lines, static line => line.Contains("was not stored", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_module_that_speaks_another_abi_is_refused_when_it_comes_from_the_store_too()
    {
        var wasm = CellFixture.Text("""(module (memory (export "memory") 1) (func (export "vx_abi_version") (result i32) i32.const 2) (func (export "vx_alloc") (param i32) (result i32) i32.const 0))""");
        var (loader, queue, compilations) = _stand.Loader(cells.Engine, _stand.Store());
        using var _ = queue;
        for (var i = 0; i < 2; i++)
        {
            var refused = await Assert.ThrowsAsync<ModuleRefusedException>(() => LoadAsync(loader, wasm));
            Assert.Equal((AdmissionCodes.WrongAbi, true), (refused.FaultCode, refused.Reason.Contains("ABI 2", StringComparison.Ordinal)));
        }

        Assert.Equal(1, compilations());
    }

    [Fact]
    public async Task The_catalog_refuses_what_explodes_compiles_the_next_and_compiles_each_once_for_all_who_ask()
    {
        var store = _stand.Store();
        var count = 0;
        using var queue = new CompileQueue(
            new CompileProcess(new CompileOptions(CpuSeconds: 2, MemoryMib: 512), options =>
            {
                Interlocked.Increment(ref count);
                return CompileProcess.Program(options);
            }),
            TimeProvider.System, _stand.Said.For<CompileQueue>());
        using var metrics = new WorkerMetrics();
        var shelf = new Shelf();
        using var catalog = new ModuleCatalog(cells.Engine, shelf, new ArtifactLoader(cells.Engine, store, queue, metrics));
        var bomb = ExplodingModules.LoopsTimesLocals(800, 1_000);
        var verdict = await catalog.AdmitAsync(ModuleDigest.Of(bomb), bomb, CancellationToken.None);
        Assert.Equal((false, AdmissionCodes.CompileLimit), (verdict.Admitted, verdict.Code));
        Assert.Equal(["memory", "vx_abi_version", "vx_alloc"], verdict.Exports);
        Assert.Equal(0, catalog.Count);

        count = 0;
        var good = shelf.Wasm = CellFixture.Guest("agent");
        var asked = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => catalog.FindAsync(new TenantId("demo"), ModuleDigest.Of(good), CancellationToken.None).AsTask()));
        Assert.Equal(1, count);
        Assert.All(asked, held => held!.Dispose());
        verdict = await catalog.AdmitAsync(ModuleDigest.Of(good), good, CancellationToken.None);
        Assert.True(verdict.Admitted, verdict.Reason);
        Assert.Equal(cells.Engine.Admit(good, AdmissionLimits.Default).Imports, verdict.Imports);
    }

    [Fact]
    public async Task Who_stops_waiting_for_a_compilation_stops_nobody_else()
    {
        var (loader, queue, compilations) = _stand.Loader(cells.Engine, _stand.Store());
        using var _ = queue;
        var shelf = new Shelf { Wasm = CellFixture.Guest("agent") };
        using var catalog = new ModuleCatalog(cells.Engine, shelf, loader);
        var digest = ModuleDigest.Of(shelf.Wasm);
        using var impatient = new CancellationTokenSource();
        var gone = catalog.FindAsync(new TenantId("demo"), digest, impatient.Token).AsTask();
        var patient = catalog.FindAsync(new TenantId("demo"), digest, CancellationToken.None).AsTask();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        using var held = await patient;
        Assert.Equal((digest, 1), (held!.Module.Digest, compilations()));
    }

    /// <summary>Not a test of speed, whose figures stand in docs/performance.md; it prints what it saw.</summary>
    [Fact]
    public async Task Mapping_takes_a_small_part_of_compiling()
    {
        var wasm = ExplodingModules.ManyFunctions(1_000, 35);
        var store = _stand.Store();
        var (loader, queue, _) = _stand.Loader(cells.Engine, store);
        using var __ = queue;
        var began = Stopwatch.GetTimestamp();
        (await LoadAsync(loader, wasm)).Dispose();
        var compiled = Stopwatch.GetElapsedTime(began);
        var module = cells.Engine.Inspect(wasm, ModuleDigest.Of(wasm));
        var (opens, maps, whole) = (new List<double>(), new List<double>(), new List<double>());
        for (var i = 0; i < 50; i++)
        {
            var at = Stopwatch.GetTimestamp();
            using var file = store.TryOpen(ArtifactStand.Key(module.Digest, cells.Engine))!;
            opens.Add(Stopwatch.GetElapsedTime(at).TotalMilliseconds);
            var mapped = Stopwatch.GetTimestamp();
            cells.Engine.Map(module, ArtifactStore.PathOf(file)).Dispose();
            maps.Add(Stopwatch.GetElapsedTime(mapped).TotalMilliseconds);
            at = Stopwatch.GetTimestamp();
            (await LoadAsync(loader, wasm)).Dispose();
            whole.Add(Stopwatch.GetElapsedTime(at).TotalMilliseconds);
        }

        output.WriteLine($"{wasm.Length} bytes to {new FileInfo(_stand.Files()[0]).Length}: compiled in {compiled.TotalMilliseconds:F0} ms; verify {Median(opens):F2}, map with link and probe {Median(maps):F2}, with inspection {Median(whole):F2} ms");
        Assert.True(Median(whole) * 4 < compiled.TotalMilliseconds, $"{Median(whole):F1} of {compiled.TotalMilliseconds:F1} ms");

        static double Median(List<double> samples) => samples.Order().ElementAt(samples.Count / 2);
    }

    private async Task<CellModule> LoadAsync(ArtifactLoader loader, byte[] wasm) =>
        await loader.LoadAsync(cells.Engine.Inspect(wasm, ModuleDigest.Of(wasm)), CancellationToken.None);

    private ulong Fuel(CellModule module)
    {
        using var cell = cells.Boot(module);
        var outcome = CellFixture.Deliver(cell, CellFixture.NewStore(), CellFixture.StartEvent());
        return (ulong)outcome.FuelUsed;
    }

    private sealed class Shelf : IModuleSource
    {
        public byte[] Wasm { get; set; } = [];

        public ValueTask<byte[]?> ReadAsync(TenantId tenant, ModuleDigest digest, bool withBytes, CancellationToken cancel) => ValueTask.FromResult<byte[]?>(withBytes ? Wasm : []);
    }
}
