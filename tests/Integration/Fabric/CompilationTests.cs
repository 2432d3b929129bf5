using Voxeltron.Kernel;
using Voxeltron.Tests.Integration.Api;
using Voxeltron.Tests.Unit.Worker;
using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>
/// Goal: no module takes a worker down by being compiled, and a worker that starts again compiles nothing. Method: real processes; a
/// module that explodes the compiler; the store left as it is, and damaged.
/// </summary>
public sealed class CompilationTests(FabricFixture fixture) : IClassFixture<FabricFixture>, IAsyncLifetime
{
    /// <summary>Memory is what it meets, however slow the machine: of time there is more than enough.</summary>
    private static readonly Dictionary<string, string> s_tight = new()
    {
        ["VOXELTRON_WORKER__COMPILE_CPU_S"] = "60",
        ["VOXELTRON_WORKER__COMPILE_MEMORY_MIB"] = "512",
    };

    private readonly RunningFabric _fabric = fixture.Fabric;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _fabric.KillWorkersAsync();

    [Fact]
    public async Task A_module_that_explodes_the_compiler_is_refused_by_name_on_the_record_and_the_worker_goes_on()
    {
        var worker = await _fabric.StartWorkerAsync(s_tight);
        var bomb = ExplodingModules.LoopsTimesLocals(800, 1_000);
        using var response = await _fabric.PostModuleAsync("bomb", bomb);
        var problem = await Problem.ExpectAsync(response, 422, "compile_limit");
        Assert.Contains("512 MiB", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);

        Assert.Equal(["compile_limit"], await _fabric.RowsAsync($"select body::json ->> 'code' from journal.entry where kind = 'module.refused' and body::json ->> 'digest' = '{ModuleDigest.Of(bomb)}'"));
        Assert.False(worker.HasExited);
        await EchoAsync("after the bomb");
    }

    [Fact]
    public async Task A_worker_that_starts_again_compiles_nothing_and_one_that_finds_damage_compiles_anew_and_says_so()
    {
        var first = await _fabric.StartWorkerAsync();
        await EchoAsync("first");
        await first.KillAsync();

        var second = await _fabric.StartWorkerAsync();
        await EchoAsync("second");
        Assert.Equal((0, 0), (second.Said("was compiled"), second.Said("is not used")));
        await second.KillAsync();

        foreach (var file in Directory.GetFiles(_fabric.State.Paths.Artifacts))
        {
            var bytes = await File.ReadAllBytesAsync(file);
            bytes[bytes.Length / 2] ^= 1;
            await File.WriteAllBytesAsync(file, bytes);
        }

        var third = await _fabric.StartWorkerAsync();
        await EchoAsync("third");
        Assert.Equal((1, 1), (third.Said("was compiled"), third.Said("is not used")));
    }

    private async Task EchoAsync(string phase)
    {
        var module = await _fabric.RegisterAsync("echo", BuiltFiles.Sample("echo/echo.wasm"));
        var mission = await _fabric.OpenAsync(Specs.Mapped(module, "echo"), wait: 20);
        await _fabric.SubmitAsync(mission, "item", "{\"n\":1}"u8.ToArray());
        await _fabric.CloseAsync(mission);
        await _fabric.EndAsync(mission, phase);
        Assert.Equal("{\"n\":1}", await _fabric.ResultAsync(mission, "work/item"));
    }
}
