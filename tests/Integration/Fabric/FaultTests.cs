using Voxeltron.Tests.Integration.Api;
using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>
/// Goal: a cell that traps, loops or eats memory harms no other, and each attempt stands in the log with its code. Method: good
/// and bad items of one module side by side in one mission.
/// </summary>
[Collection(WorkingFabric.Name)]
public sealed class FaultTests(WorkingFabricFixture fixture)
{
    private const int Attempts = 2;

    private static readonly (string Item, string Code)[] s_bad =
    [
        ("div0", "trap_integer_divide_by_zero"),
        ("host_loop", "out_of_fuel"),
        ("loop", "out_of_fuel"),
        ("nonzero", "nonzero_return"),
        ("oob", "trap_memory_out_of_bounds"),
        ("recurse", "trap_stack_overflow"),
        ("unreachable", "trap_unreachable"),
    ];

    private readonly RunningFabric _fabric = fixture.Fabric;

    [Fact]
    public async Task A_handler_past_its_slice_comes_again_as_long_and_spends_no_attempt()
    {
        var module = await _fabric.RegisterAsync("misbehave", BuiltFiles.Guest("misbehave"));
        var mission = await _fabric.OpenAsync(Specs.Mapped(module, "slices", attempts: 1, fuel: 1_000_000, slice: 500), wait: 20);
        await _fabric.SubmitAsync(mission, [("count", "count"), ("loop", "loop")]);
        await _fabric.CloseAsync(mission);
        await _fabric.EndAsync(mission, "The mission with slices", "failed");

        Assert.Equal("1", await _fabric.ResultAsync(mission, "work/count"));
        Assert.Equal(
            ["work/count|1|fuel_slice|500", "work/loop|1|fuel_slice|500", "work/loop|2|out_of_fuel|1000000"],
            await _fabric.RowsAsync($"select body::json ->> 'task', body::json ->> 'attempt', body::json ->> 'code', body::json ->> 'fuel' from journal.entry where stream_id = '{mission.Value}' and kind = 'action.aborted' order by body::json ->> 'task', 2"));
        await _fabric.AssertCleanAsync();
        Assert.Equal(3, (await _fabric.AssertReplaysAsync(mission)).Aborts);
    }

    [Fact]
    public async Task Bad_cells_fail_with_their_code_after_each_attempt_and_good_ones_beside_them_complete()
    {
        var module = await _fabric.RegisterAsync("misbehave", BuiltFiles.Guest("misbehave"));
        var mission = await _fabric.OpenAsync(Specs.Mapped(module, "faults", Attempts, fuel: 20_000_000), wait: 20);
        var good = Enumerable.Range(0, 8).Select(static i => ($"good-{i}", "count"));
        await _fabric.SubmitAsync(mission, [.. good, ("bomb", "grow"), ("refused", "fail"), .. s_bad.Select(static bad => (bad.Item, bad.Item))]);
        await _fabric.CloseAsync(mission);
        var view = await _fabric.EndAsync(mission, "The mission with faults", "failed");

        var tasks = view.GetProperty("tasks");
        Assert.Equal((9, s_bad.Length, 1), (tasks.GetProperty("completed").GetInt32(), tasks.GetProperty("failed").GetInt32(), tasks.GetProperty("refused").GetInt32()));
        for (var i = 0; i < 8; i++)
        {
            // A counter in linear memory: any other value would be a neighbour's memory.
            Assert.Equal("1", await _fabric.ResultAsync(mission, $"work/good-{i}"));
        }

        // 4 MiB are 64 pages: the bomb got no page more and the host did not notice it.
        Assert.InRange(int.Parse(await _fabric.ResultAsync(mission, "work/bomb")), 2, 64);
        Assert.Equal(
            s_bad.SelectMany(static bad => Enumerable.Range(1, Attempts).Select(attempt => $"work/{bad.Item}|{attempt}|{bad.Code}")),
            await _fabric.RowsAsync($"select body::json ->> 'task', body::json ->> 'attempt', body::json ->> 'code' from journal.entry where stream_id = '{mission.Value}' and kind = 'action.aborted' order by body::json ->> 'task' collate \"C\", 2"));
        foreach (var (item, code) in s_bad)
        {
            using var response = await _fabric.Http.GetAsync($"/v1/missions/{mission}/results/work/{item}");
            var problem = await Problem.ExpectAsync(response, 409, "task_failed");
            Assert.Equal(code, problem.GetProperty("outcome_code").GetString());
        }

        await _fabric.AssertCleanAsync();
        var replay = await _fabric.AssertReplaysAsync(mission);
        Assert.Equal(s_bad.Length * Attempts, replay.Aborts);
        Assert.False(fixture.Worker.HasExited);
    }
}
