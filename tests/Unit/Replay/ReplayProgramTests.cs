using System.Text.Json.Nodes;
using Voxeltron.Kernel;
using Voxeltron.Tests.Unit.Cells;
using Xunit;

namespace Voxeltron.Tests.Unit.Replay;

/// <summary>
/// Goal: a program's run is evidence like a cell's. Method: a mission whose work is a program that writes its arguments, time,
/// randomness and a row (an exit, an exit with a code, a trap by input) is recorded, replayed bit for bit, and forged.
/// </summary>
public sealed class ReplayProgramTests
{
    // Input "count" completes, "fail" exits with 3, "unreachable" traps, told apart by the first byte.
    private static readonly byte[] s_program = ProgramGuests.Program(
        $"""
        (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 64))
        {Drop("fd_read", 0, 0, 1, 8)}
        {Drop("args_get", 16, 256)}
        {Drop("clock_time_get", 0, 0, 320)}
        {Drop("random_get", 328, 24)}
        {ProgramGuests.Write(2, 256, 14)}
        {ProgramGuests.Write(1, 64, 300)}
        (if (i32.eq (i32.load8_u (i32.const 64)) (i32.const 117)) (then unreachable))
        (if (i32.eq (i32.load8_u (i32.const 64)) (i32.const 102)) (then {ProgramGuests.Call("proc_exit", 3)}))
        {ProgramGuests.Call("proc_exit", 0)}
        """);

    [Fact]
    public async Task A_mission_of_programs_replays_bit_for_bit()
    {
        using var mission = new RecordedMission(s_program);

        var report = await mission.ReplayAsync(mission.Honest);

        Assert.True(report.Clean, report.Verdict());
        Assert.Equal(mission.Honest.Count, report.Entries);
        var outcomes = mission.Honest.Where(static entry => entry.Header.Kind == EntryKinds.Action).Select(static entry => JsonNode.Parse(entry.Body.Utf8.Span)!.AsObject()).ToList();
        Assert.Contains(outcomes, static body => body["outcome"]!.GetValue<string>() == "completed");
        Assert.Contains(outcomes, static body => body["code"]?.GetValue<string>() == "exit_3");
        Assert.Contains(mission.Honest, static entry => entry.Header.Kind == EntryKinds.ActionAborted);
    }

    [Fact]
    public async Task What_a_program_wrote_cannot_be_forged()
    {
        using var mission = new RecordedMission(s_program);
        var seq = mission.SeqOf(EntryKinds.Action);

        var forged = mission.ForgedPayload(seq, static payload => payload["result"] = "Zm9yZ2Vk");

        Assert.Equal(seq, (await mission.ReplayAsync(forged)).Divergence?.Seq);
    }

    private static string Drop(string name, params long[] arguments) => $"(drop {ProgramGuests.Call(name, arguments)})";
}
