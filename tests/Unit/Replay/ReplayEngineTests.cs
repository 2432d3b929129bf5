using System.Globalization;
using System.Text.Json.Nodes;
using Voxeltron.Cells;
using Voxeltron.Kernel;
using Voxeltron.Tests.Unit.Cells;
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

    [Theory]
    [InlineData(EntryKinds.Action)]
    [InlineData(EntryKinds.ActionAborted)]
    public Task Running_out_of_fuel_where_another_engine_did_not_is_refused_by_name(string kind) => AssertEngineDiffersAsync(mission, kind);

    [Fact]
    public async Task Running_out_of_fuel_at_a_boot_that_succeeded_elsewhere_is_refused_by_name()
    {
        using var starts = new RecordedMission(CellFixture.Text(Guests.Handler("on_start", """
            (local $n i32)
            (loop $again (br_if $again (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 1000))))
            (i32.const 0)
            """)));
        await AssertEngineDiffersAsync(starts, EntryKinds.CellBooted);
    }

    /// <summary>No cell of the mission ever became ready: only the failed boots tell which engine wrote the log.</summary>
    [Fact]
    public async Task A_boot_that_failed_names_its_engine()
    {
        using var never = new RecordedMission(CellFixture.Text(Guests.Handler("on_start", "unreachable")));
        Assert.DoesNotContain(EntryKinds.CellBooted, never.Honest.Select(static entry => entry.Header.Kind));
        var failed = never.SeqOf(EntryKinds.CellBootFailed);

        Assert.True((await never.ReplayAsync(never.Honest)) is { Clean: true, FuelCompared: true });
        Assert.Equal("fuel", Assert.Single((await never.ReplayAsync(never.Forged(failed, static body => body["fuel"] = 77))).Divergence!.Differences).Path);
        foreach (var engine in (string?[])[new string('0', 64), null])
        {
            var report = await never.ReplayAsync(never.Forged(failed, body =>
            {
                body["fuel"] = 77;
                _ = engine is null ? body.Remove("fingerprint") : (body["fingerprint"] = engine) is null;
            }));
            Assert.Null(report.Divergence);
            Assert.False(report.FuelCompared);
        }
    }

    /// <summary>The same want of fuel under the same engine is no matter of engines: the log says what did not happen.</summary>
    [Fact]
    public async Task Running_out_of_fuel_where_the_same_engine_did_not_is_a_divergence()
    {
        var report = await mission.ReplayAsync(mission.ForgedPayload(
            mission.SeqOf(EntryKinds.MissionSubmitted), static spec => spec["profiles"]!["default"]!["fuel_per_action"] = 1));

        Assert.Equal(
            (mission.SeqOf(EntryKinds.Action), "outcome", "aborted: out_of_fuel"),
            (report.Divergence?.Seq, report.Divergence?.Field, report.Divergence?.Replayed));
    }

    /// <summary>A slow machine, or a bug of the tool, says nothing about the log; a judge that called it a divergence would sign a lie.</summary>
    [Theory]
    [InlineData("(drop (i32.const 0))", EntryKinds.Action)]
    [InlineData("(unreachable)", EntryKinds.ActionAborted)]
    public async Task An_action_this_process_cannot_bring_to_its_end_is_refused_by_name(string then, string kind)
    {
        using var busy = new RecordedMission(CellFixture.Text(Guests.OnTask($"""
            (local $n i32)
            (loop $again (br_if $again (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 2000000))))
            {then}
            (i32.const 0)
            """)));
        Assert.True((await busy.ReplayAsync(busy.Honest)).Clean);
        using var hurried = new CellEngine(new CellEngineOptions
        {
            MaxCells = 4, EpochPeriod = TimeSpan.FromMilliseconds(1), WatchdogLimit = TimeSpan.FromMilliseconds(1),
        });

        var refused = await Assert.ThrowsAsync<VoxeltronException>(() => busy.ReplayAsync(busy.Honest, engine: hurried));

        Assert.Equal("replay_capacity", refused.FaultCode);
        // Which of the three tasks is too slow today is the machine's affair.
        Assert.Contains("'watchdog'", refused.Message, StringComparison.Ordinal);
        var seq = int.Parse(refused.Message.Split(' ')[1], CultureInfo.InvariantCulture);
        Assert.Equal(kind, busy.Honest[seq - 1].Header.Kind);
    }

    [Fact]
    public async Task A_module_whose_bytes_are_another_s_is_refused_by_name() =>
        Assert.Equal("module_corrupt", (await Assert.ThrowsAsync<VoxeltronException>(() => mission.ReplayAsync(mission.Honest, swapModules: true))).FaultCode);

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

    /// <summary>With as much fuel as it took the entry is compared, with next to none it is refused, and called neither clean nor a divergence.</summary>
    private static async Task AssertEngineDiffersAsync(RecordedMission recorded, string kind)
    {
        // This cell alone is executed again, so nothing before it can run out.
        var honest = recorded.Honest[(int)recorded.SeqOf(kind) - 1];
        var body = JsonNode.Parse(honest.Body.Utf8.Span)!;
        Assert.True(CellId.TryParse((string)body["cell"]!, out var cell));

        Assert.Null((await recorded.ReplayAsync(recorded.OfAnotherEngine((long)body["fuel"]!), cell: cell)).Divergence);
        var refused = await Assert.ThrowsAsync<VoxeltronException>(() => recorded.ReplayAsync(recorded.OfAnotherEngine(1), cell: cell));
        Assert.Equal("engine_differs", refused.FaultCode);
        Assert.StartsWith($"Seq {honest.Header.Seq} was cut off here ('out_of_fuel')", refused.Message, StringComparison.Ordinal);
    }

    private async Task<string> RefusalAsync(Action<JsonObject> change)
    {
        var forged = mission.Forged(mission.SeqOf(EntryKinds.CellBooted), change);
        return (await Assert.ThrowsAsync<VoxeltronException>(() => mission.ReplayAsync(forged))).FaultCode;
    }
}
