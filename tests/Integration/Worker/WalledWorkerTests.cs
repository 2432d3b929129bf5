using System.Globalization;
using Voxeltron.Tests.Integration.Fabric;
using Xunit;

namespace Voxeltron.Tests.Integration.Worker;

/// <summary>
/// Goal: behind the walls a worker still does all its work, and says where it stands. Method: a real fabric; what only goes through the system is named here:
/// the metrics listener it was given, the children that compile and judge, the list of its own pages that hibernation reads, and the files it may write.
/// </summary>
public sealed class WalledWorkerTests(FabricFixture fixture) : IClassFixture<FabricFixture>, IAsyncLifetime
{
    private const int Slots = 4;
    private const int Cells = 16;

    private readonly RunningFabric _fabric = fixture.Fabric;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _fabric.KillWorkersAsync();

    [WalledFact]
    public async Task It_is_walled_and_says_so_compiles_dispatches_hibernates_and_leaves_no_address_behind()
    {
        var worker = await _fabric.StartWorkerAsync(new Dictionary<string, string> { ["VOXELTRON_WORKER__CELL_CAPACITY"] = $"{Slots}", ["VOXELTRON_WORKER__SPOOL_MIB"] = "16" });
        var status = await File.ReadAllLinesAsync($"/proc/{worker.Id}/status");
        Assert.Contains("Seccomp:\t2", status);
        Assert.Contains("NoNewPrivs:\t1", status);
        Assert.Contains("CapEff:\t0000000000000000", status);
        // The launcher's process is the worker's.
        Assert.Contains("Voxeltron.CellWorker.dll", await File.ReadAllTextAsync($"/proc/{worker.Id}/cmdline"), StringComparison.Ordinal);
        Assert.Equal(1, worker.Said("This worker stands in walls: user "));

        var address = _fabric.State.Paths.Address(worker.Name);
        using (var http = new HttpClient())
        {
            var metrics = await http.GetStringAsync((await File.ReadAllTextAsync(address)).Trim() + "/metrics");
            var line = Assert.Single(metrics.Split('\n'), static line => line.Contains("voxeltron_worker_walls{", StringComparison.Ordinal));
            Assert.Contains("capabilities=\"none\"", line, StringComparison.Ordinal);
            Assert.Contains("seccomp=\"yes\"", line, StringComparison.Ordinal);
        }

        // No other test has compiled it for this state directory: a child did, behind the same walls.
        var module = await _fabric.RegisterAsync("idle", BuiltFiles.Guest("idle"));
        Assert.Equal(1, worker.Said("was compiled"));
        Assert.NotEmpty(Directory.GetFiles(_fabric.State.Paths.Artifacts, "*.cwasm"));
        var mission = await _fabric.OpenAsync(IdleMission.Spec(module, "walled"), wait: 20);
        await _fabric.SubmitAsync(mission, [.. Enumerable.Range(0, Cells).Select(static i => ($"c-{i}", i.ToString(CultureInfo.InvariantCulture)))]);
        await _fabric.UntilAsync("Cells behind walls", "to hibernate", AsleepAsync, static asleep => asleep >= Cells - Slots);
        await _fabric.SubmitAsync(mission, [.. Enumerable.Range(0, Cells).Select(static cell => ($"tell-{cell}", $"tell {1_000 + cell} {cell} -1"))]);
        await _fabric.CloseAsync(mission);
        await _fabric.EndAsync(mission, "A mission behind walls");
        await _fabric.AssertReplaysAsync(mission);
        await _fabric.UntilAsync("A signed head", "in a file", () => Task.FromResult(File.Exists(_fabric.State.Paths.Checkpoint)), static there => there);

        await worker.SignalAsync("TERM");
        await worker.EndAsync();
        Assert.Equal((0, ""), (worker.ExitCode, File.Exists(address) ? await File.ReadAllTextAsync(address) : ""));
    }

    [WalledFact]
    public async Task A_replay_of_its_snapshots_runs_behind_the_same_walls()
    {
        var worker = await _fabric.StartWorkerAsync(SnapshotTests.Often);
        var mission = await SnapshotTests.BeginAsync(_fabric, "walled-snapshots");
        await SnapshotTests.UntilGoodAsync(_fabric, mission, 1);
        Assert.Equal(0, worker.Said("could not be judged"));
        using var answer = await _fabric.Http.PostAsync(new Uri($"/v1/missions/{mission}:cancel", UriKind.Relative), null);
        await _fabric.EndAsync(mission, "A cancelled mission", "cancelled");
    }

    private async Task<int> AsleepAsync() => (await _fabric.GetAsync("/v1/hosts")).GetProperty("hosts").EnumerateArray()
        .Where(static host => host.GetProperty("state").GetString() == "live").Sum(static host => host.GetProperty("cells_hibernated").GetInt32());
}
