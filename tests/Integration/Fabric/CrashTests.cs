using Voxeltron.Cli.Demo;
using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>
/// Goal: whatever happens to the worker that owns a mission, another finishes it and nothing acknowledged is lost or done twice.
/// Method: real workers, SIGKILL, SIGTERM and SIGSTOP in the middle of a mission.
/// </summary>
public sealed class CrashTests(FabricFixture fixture) : IClassFixture<FabricFixture>, IAsyncLifetime
{
    private const int Items = 100;

    private readonly RunningFabric _fabric = fixture.Fabric;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _fabric.KillWorkersAsync();

    [Fact]
    public async Task A_mission_whose_only_worker_was_killed_is_finished_by_the_next_one()
    {
        var first = await _fabric.StartWorkerAsync();
        var mission = await BeginAsync("killed-alone");
        await first.KillAsync();
        // Accepted with nobody there to do it: the promise is the inbox row.
        await _fabric.SubmitAsync(mission, SlowWork.Items(Items, 10));
        await _fabric.CloseAsync(mission);

        await _fabric.StartWorkerAsync();
        await _fabric.AssertNothingLostAsync(mission, Items + 10);
        await AssertTakenOverAsync(mission);
    }

    /// <summary>The demo, with its owner killed while requests are on their way through its tasks.</summary>
    [Fact]
    public async Task A_prior_authorisation_mission_whose_worker_was_killed_settles_every_request_as_it_should()
    {
        const int requests = 120;
        const int before = requests / 2;
        var generated = RequestGenerator.Generate(RequestGenerator.DefaultSeed, requests);
        var items = generated.Select(static (request, i) => (Key: $"r-{i + 1:D5}", request.Bytes, request.Expected)).ToList();

        var first = await _fabric.StartWorkerAsync();
        var mission = await _fabric.OpenAsync(await _fabric.PriorAuthSpecAsync(), wait: 20);
        await _fabric.SubmitScheduleAsync(mission);
        await _fabric.SubmitAsync(mission, items.Take(before).Select(static item => (item.Key, item.Bytes)));
        await _fabric.MiddleAsync(mission, requests);
        await first.KillAsync();
        await _fabric.SubmitAsync(mission, items.Skip(before).Select(static item => (item.Key, item.Bytes)));
        await _fabric.CloseAsync(mission);

        await _fabric.StartWorkerAsync();
        await _fabric.EndAsync(mission, "The prior-auth mission of a killed worker");
        Assert.Equal(items.Select(static item => $"{item.Key}|{item.Expected}"), await _fabric.OutcomesAsync(mission));
        await AssertTakenOverAsync(mission);
        await _fabric.AssertCleanAsync();
        await _fabric.AssertReplaysAsync(mission);
    }

    [Fact]
    public async Task A_killed_owner_is_found_dead_and_its_mission_taken_over_by_a_running_worker()
    {
        var workers = await StartTwoAsync();
        var mission = await BeginAsync("killed-beside");
        var (owner, other) = await OwnerAndOtherAsync(mission, workers);
        await owner.KillAsync();
        await _fabric.CloseAsync(mission);

        await _fabric.AssertNothingLostAsync(mission, Items);
        await AssertTakenOverAsync(mission);
        Assert.Equal("dead", await HostStateAsync(owner));
        Assert.True(other.Said("is dead: its leases are free") > 0, other.Tail());
    }

    [Fact]
    public async Task A_worker_asked_to_stop_gives_its_mission_back_and_another_goes_on_at_once()
    {
        var workers = await StartTwoAsync();
        var mission = await BeginAsync("drained");
        var (first, _) = await OwnerAndOtherAsync(mission, workers);
        await first.SignalAsync("TERM");
        await _fabric.UntilAsync("Draining", "the worker to end", () => Task.FromResult(first.HasExited), static ended => ended);
        Assert.Equal(0, first.ExitCode);
        Assert.Equal("stopped", await HostStateAsync(first));

        await _fabric.CloseAsync(mission);
        await _fabric.AssertNothingLostAsync(mission, Items);
        await AssertTakenOverAsync(mission);
        // A drained stream ends whole: no cell of the first epoch was cut off.
        Assert.Equal(Items, await _fabric.CountAsync($"select count(*) from journal.entry where stream_id = '{mission.Value}' and kind = 'task.dispatched'"));
        // Nobody had to wait for a lease to run out (5 s).
        var pause = await _fabric.RowsAsync($"""
            select b.time - h.time_stopped < interval '3 seconds' from journal.entry b, control.host h
             where b.stream_id = '{mission.Value}' and b.kind = 'epoch.began' and b.epoch = 2 and h.process_id = {first.Id}
            """);
        Assert.Equal("True", Assert.Single(pause));
    }

    [Fact]
    public async Task A_worker_that_was_only_slow_writes_nothing_more_to_a_mission_another_took_over()
    {
        var workers = await StartTwoAsync();
        var mission = await BeginAsync("slow");
        var (zombie, other) = await OwnerAndOtherAsync(mission, workers);
        await zombie.SignalAsync("STOP");
        await _fabric.CloseAsync(mission);
        // Its session lives, but it does not renew: after the ttl it is declared dead all the same.
        await _fabric.EndAsync(mission, "A mission whose owner sleeps");
        var before = await WrittenByAsync(zombie);
        await zombie.SignalAsync("CONT");
        await _fabric.UntilAsync("Waking the sleeper", "it to let the mission go", () => Task.FromResult(zombie.Said($"{mission.Value:N} ended here: Lost")), static lines => lines == 1);

        Assert.Equal(before, await WrittenByAsync(zombie));
        await _fabric.AssertNothingLostAsync(mission, Items);
        await AssertTakenOverAsync(mission);
        await other.KillAsync();
        await AssertWorksAsync("after-sleep");
    }

    [Fact]
    public async Task A_worker_that_was_declared_dead_wakes_up_as_somebody_else()
    {
        var workers = await StartTwoAsync();
        var mission = await BeginAsync("buried");
        var (zombie, other) = await OwnerAndOtherAsync(mission, workers);
        await zombie.SignalAsync("STOP");
        // As after a network's partition: the server sees its sessions end, the process does not.
        await _fabric.AdministerAsync($"select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = current_database() and application_name like 'voxeltron-{zombie.Name}%'");
        await _fabric.CloseAsync(mission);
        await _fabric.EndAsync(mission, "A mission whose owner was buried");
        var before = await WrittenByAsync(zombie);
        await zombie.SignalAsync("CONT");
        await _fabric.UntilAsync("Waking the buried", "a second incarnation", () => Task.FromResult(zombie.Said("is delegated and takes missions")), static lines => lines == 2);

        Assert.Equal(before, await WrittenByAsync(zombie));
        Assert.Equal(2, await _fabric.CountAsync($"select count(distinct host_id) from control.host where process_id = {zombie.Id}"));
        await _fabric.AssertNothingLostAsync(mission, Items);
        await AssertTakenOverAsync(mission);
        await other.KillAsync();
        await AssertWorksAsync("after-burial");
    }

    /// <summary>What is left when the commit that ends a mission comes through after its host's leases were freed: an ended stream with a free lease.</summary>
    [Fact]
    public async Task A_mission_that_ended_while_nobody_held_it_is_not_claimed_for_ever()
    {
        await _fabric.StartWorkerAsync();
        var mission = await _fabric.OpenAsync(await _fabric.SpecAsync("ended-unheld"));
        await _fabric.SubmitAsync(mission, SlowWork.Items(0, 1));
        await _fabric.CloseAsync(mission);
        await _fabric.EndAsync(mission, "A short mission");
        await _fabric.AdministerAsync($"update control.lease set finished = false where stream_id = '{mission.Value}' and host_id is null");

        await _fabric.UntilAsync(
            "Leaving an ended mission alone", "its lease to be finished",
            () => _fabric.CountAsync($"select count(*) from control.lease where stream_id = '{mission.Value}' and finished and host_id is null"), static finished => finished == 1);
        Assert.Single(await _fabric.OwnersAsync(mission));
    }

    [Fact]
    public async Task Two_workers_racing_for_new_missions_never_own_one_together()
    {
        const int missions = 6;
        await StartTwoAsync();
        var spec = await _fabric.SpecAsync("race");
        var opened = await Task.WhenAll(Enumerable.Range(0, missions).Select(_ => _fabric.OpenAsync(spec)));
        foreach (var mission in opened)
        {
            await _fabric.SubmitAsync(mission, SlowWork.Items(0, 3));
            await _fabric.CloseAsync(mission);
        }

        foreach (var mission in opened)
        {
            await _fabric.EndAsync(mission, "The race");
            Assert.Single(await _fabric.OwnersAsync(mission));
        }

        await _fabric.AssertCleanAsync();
    }

    /// <summary>A mission in its middle: all items accepted, some tasks done.</summary>
    private async Task<MissionId> BeginAsync(string name)
    {
        var mission = await _fabric.OpenAsync(await _fabric.SpecAsync(name), wait: 20);
        await _fabric.SubmitAsync(mission, SlowWork.Items(0, Items));
        await _fabric.MiddleAsync(mission, Items);
        return mission;
    }

    /// <summary>Commits of every incarnation of a process; those that only made a later incarnation known are another host's.</summary>
    private Task<long> WrittenByAsync(ChildProcess worker) =>
        _fabric.CountAsync($"select count(*) from journal.commit join control.host using (host_id) where process_id = {worker.Id}");

    private async Task AssertWorksAsync(string name)
    {
        var mission = await _fabric.OpenAsync(await _fabric.SpecAsync(name));
        await _fabric.SubmitAsync(mission, SlowWork.Items(0, 3));
        await _fabric.CloseAsync(mission);
        await _fabric.EndAsync(mission, name);
        await _fabric.AssertCleanAsync();
    }

    private async Task AssertTakenOverAsync(MissionId mission)
    {
        var owners = await _fabric.OwnersAsync(mission);
        Assert.Equal(2, owners.Count);
        Assert.NotEqual(owners[0], owners[1]);
        Assert.Equal(["1", "2"], await _fabric.RowsAsync($"select distinct epoch from journal.entry where stream_id = '{mission.Value}' and kind = 'action' order by 1"));
    }

    private async Task<ChildProcess[]> StartTwoAsync()
    {
        var workers = await Task.WhenAll(_fabric.StartWorkerAsync(), _fabric.StartWorkerAsync());
        foreach (var worker in workers)
        {
            await _fabric.UntilAsync(
                $"Starting {worker.Name}", "it to be delegated", () => Task.FromResult(worker.Said("is delegated and takes missions")), static lines => lines > 0);
        }

        return workers;
    }

    private async Task<(ChildProcess Owner, ChildProcess Other)> OwnerAndOtherAsync(MissionId mission, ChildProcess[] two)
    {
        var owner = await _fabric.CountAsync($"select h.process_id from control.lease l join control.host h using (host_id) where l.stream_id = '{mission.Value}'");
        return two[0].Id == owner ? (two[0], two[1]) : (two[1], two[0]);
    }

    private async Task<string> HostStateAsync(ChildProcess worker) =>
        (await _fabric.RowsAsync($"select state from control.host where process_id = {worker.Id} order by time_started desc limit 1")).Single();
}
