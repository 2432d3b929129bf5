using System.Text.Json.Nodes;
using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Unit.Replay;

/// <summary>
/// Goal: a log of another engine is compared as far as that makes sense and no further, and one this tool cannot execute is
/// refused by name, never called a divergence. Method: recorded fingerprints, versions and ABIs changed.
/// </summary>
public sealed class ReplayEngineTests(RecordedMission mission) : IClassFixture<RecordedMission>
{
    [Fact]
    public async Task With_another_engine_writes_and_results_are_compared_and_fuel_is_not()
    {
        var boot = mission.SeqOf(EntryKinds.CellBooted);
        var report = await mission.ReplayAsync(mission.Forged(boot, static body => (body["fingerprint"], body["fuel"]) = (new string('0', 64), 77)));

        Assert.Null(report.Divergence);
        Assert.False(report.FuelCompared);
        Assert.EndsWith("Fuel was not compared.", report.Verdict(), StringComparison.Ordinal);
        Assert.DoesNotContain("bit for bit", report.Verdict(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_the_same_engine_fuel_is_compared()
    {
        var boot = mission.SeqOf(EntryKinds.CellBooted);
        var report = await mission.ReplayAsync(mission.Forged(boot, static body => body["fuel"] = 77));

        var difference = Assert.Single(report.Divergence!.Differences);
        Assert.Equal(("fuel", "77"), (difference.Path, difference.Recorded));
    }

    [Fact]
    public async Task A_newer_body_is_refused_by_name() =>
        Assert.Equal("body_version_unknown", await RefusalAsync(static body => body["v"] = 2));

    [Fact]
    public async Task A_rewritten_module_is_refused_by_name() =>
        Assert.Equal("rewriter_unknown", await RefusalAsync(static body => body["rewriter"] = 1));

    [Fact]
    public async Task A_module_the_log_does_not_hold_is_refused_by_name() =>
        Assert.Equal("module_missing", (await Assert.ThrowsAsync<VoxeltronException>(() => mission.ReplayAsync(mission.Honest, withModules: false))).FaultCode);

    [Fact]
    public async Task A_module_of_another_ABI_is_refused_by_name()
    {
        Assert.Equal("abi_unknown", (await Assert.ThrowsAsync<VoxeltronException>(() => mission.ReplayAsync(mission.Honest, abi: 2))).FaultCode);
        Assert.True((await mission.ReplayAsync(mission.Honest, abi: 1)).Clean);
    }

    private async Task<string> RefusalAsync(Action<JsonObject> change)
    {
        var forged = mission.Forged(mission.SeqOf(EntryKinds.CellBooted), change);
        return (await Assert.ThrowsAsync<VoxeltronException>(() => mission.ReplayAsync(forged))).FaultCode;
    }
}
