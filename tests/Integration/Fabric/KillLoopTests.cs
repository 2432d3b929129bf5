using System.Diagnostics;
using System.Globalization;
using System.Text;
using Voxeltron.Kernel;
using Xunit;
using Xunit.Abstractions;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>
/// Goal: whatever is killed, as often as one likes, every acknowledged item reaches one end, the evidence holds, and a client
/// that follows the events sees the log, each entry once. Method: real processes; after each seeded number of actions one of
/// them gets SIGKILL, or the server ends a worker's sessions. A few kills in a run of all tests; <c>scripts/kills</c> asks for a thousand.
/// </summary>
public sealed class KillLoopTests(ITestOutputHelper output)
{
    private const int KillsInAllTests = 5;

    /// <summary>Counted from 0: one that is always the Api's.</summary>
    private const int KillOfApi = 2;

    /// <summary>After so many kills the mission is ended and everything checked.</summary>
    private const int KillsOfARound = 50;

    /// <summary>
    /// Most actions from one kill to the next. Actions and not entries, since every kill leaves dispatches and boots behind it; and on average as many
    /// as the items sent meanwhile need: with fewer a backlog grows, each owner does little but boot it anew, and tasks run out of attempts.
    /// </summary>
    private const int MostActionsBetween = 300;

    /// <summary>Enough that one is up while others start: a kill waits for no start then.</summary>
    private const int Workers = 4;

    /// <summary>
    /// At each kill some agents are in the middle of a long life: so many begin at every tenth kill. A lost host is an attempt spent (a task may
    /// be what killed it) and a spec allows twenty, so they are few and end within some ten kills: more of them, and their boots after each
    /// kill would be all that happens until the next.
    /// </summary>
    private const int LongAgents = 3;
    private const int LongEveryKills = 10;
    private const int LongTimers = 60;
    private const int LongPeriodUs = 50_000;

    /// <summary>Snapshots often, judged now and then; and workers that are up quickly, since most of them do not live long.</summary>
    private static readonly Dictionary<string, string> s_settings = new(SnapshotTests.Often)
    {
        ["VOXELTRON_WORKER__SNAPSHOT_JUDGE_PERCENT"] = "20",
        ["DOTNET_TC_QuickJit"] = "1",
        ["DOTNET_TieredPGO"] = "0",
    };

    private static readonly TimeSpan s_pace = TimeSpan.FromMilliseconds(80);

    private readonly Dictionary<string, int> _killed = [];
    private RunningFabric _fabric = null!;
    private Random _random = null!;
    private int _done;

    [Fact]
    public async Task Whatever_is_killed_every_acknowledged_item_reaches_one_end()
    {
        var kills = Setting("VOXELTRON_TEST_KILLS") ?? KillsInAllTests;
        var seed = Setting("VOXELTRON_TEST_SEED") ?? (Environment.TickCount & 0xFFFFFF);
        Say($"seed {seed}: {kills} kills");
        _random = new Random(seed);
        var began = Stopwatch.GetTimestamp();
        await using var fabric = _fabric = await RunningFabric.StartAsync(await ServerSeat.SharedAsync());
        var workers = new List<ChildProcess>(await Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => fabric.StartWorkerAsync(s_settings))));
        var module = await fabric.RegisterAsync("agent", BuiltFiles.Guest("agent"));
        while (_done < kills)
        {
            var round = Math.Min(KillsOfARound, kills - _done);
            await RunRoundAsync(module, workers, round);
            Say($"{_done} of {kills} kills in {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s: all checks passed");
        }
    }

    private async Task RunRoundAsync(string module, List<ChildProcess> workers, int kills)
    {
        var mission = await _fabric.OpenAsync(AgentTests.Spec(module, "killed", 20, null).Replace("1000", "100000", StringComparison.Ordinal), wait: 20);
        var events = new EventFollower(_fabric, mission);
        var following = events.FollowAsync();
        var items = new List<(string Item, int Timers, string Input)>();
        using var stop = new CancellationTokenSource();
        var submitting = SubmitAsync(mission, new Random(_random.Next()), stop.Token);
        var starting = new List<Task<ChildProcess>>();
        for (var kill = 0; kill < kills; kill++)
        {
            if (kill % LongEveryKills == 0)
            {
                items.AddRange(await SubmitLongAsync(mission, items.Count));
            }

            // Also what a kill must never do: stop the mission from going on.
            var (since, enough) = (await HeadAsync(mission), 1 + _random.Next(MostActionsBetween));
            await _fabric.UntilAsync($"Before kill {_done + 1}", $"{enough} actions", () => ActionsAsync(mission, since), actions => actions >= enough);
            await CollectAsync(workers, starting, all: workers.Count == 0);
            await KillOneAsync(mission, workers, starting);
            _done++;
            if (_done % 10 == 0)
            {
                Say($"{_done} kills ({string.Join(", ", _killed.Select(static pair => $"{pair.Value} {pair.Key}"))})");
            }
        }

        await stop.CancelAsync();
        items.AddRange(await submitting);
        await CollectAsync(workers, starting, all: true);
        await _fabric.CloseAsync(mission);
        await _fabric.EndAsync(mission, $"After {_done} kills");
        await following;
        await AssertEndsAsync(mission, items);
        // After the above: no word about a snapshot is on its way any more.
        await events.AssertSawTheLogAsync();
        Say($"its events were followed over {events.Connections} connections");
    }

    private async Task KillOneAsync(MissionId mission, List<ChildProcess> workers, List<Task<ChildProcess>> starting)
    {
        var drawn = _random.Next(100);
        // A few kills would hardly ever draw it, and only then is a follower cut off.
        if (drawn < 6 || _done == KillOfApi)
        {
            Count("api");
            await _fabric.RestartApiAsync();
            return;
        }

        var owner = await _fabric.RowsAsync($"select h.process_id from control.lease l join control.host h using (host_id) where l.stream_id = '{mission.Value}'");
        var victim = _random.Next(5) > 0 && workers.Find(worker => owner.Contains(worker.Id.ToString(CultureInfo.InvariantCulture))) is { } holder
            ? holder
            : workers[_random.Next(workers.Count)];
        if (drawn < 18)
        {
            Count("sessions");
            await _fabric.AdministerAsync($"select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like 'voxeltron-{victim.Name}%'");
            return;
        }

        Count("worker");
        workers.Remove(victim);
        await victim.KillAsync();
        starting.Add(_fabric.StartWorkerAsync(s_settings));
    }

    /// <summary>Workers that have come up join the others; the next kill waits for one at least.</summary>
    private static async Task CollectAsync(List<ChildProcess> workers, List<Task<ChildProcess>> starting, bool all)
    {
        foreach (var start in starting.Where(start => all || start.IsCompleted).ToList())
        {
            workers.Add(await start);
            starting.Remove(start);
        }
    }

    private async Task<IReadOnlyList<(string Item, int Timers, string Input)>> SubmitLongAsync(MissionId mission, int first)
    {
        var items = Enumerable.Range(first, LongAgents).Select(static i => (Item: $"long-{i}", Timers: LongTimers, Input: Input(i, LongTimers, LongPeriodUs))).ToList();
        foreach (var (item, _, input) in items)
        {
            await _fabric.UntilAsync("Submitting", $"{item} acknowledged", () => TrySendAsync(mission, item, input), static sent => sent);
        }

        return items;
    }

    /// <summary>Sends item after item until stopped, each again and again until it is acknowledged.</summary>
    private async Task<List<(string Item, int Timers, string Input)>> SubmitAsync(MissionId mission, Random random, CancellationToken stop)
    {
        var acknowledged = new List<(string, int, string)>();
        using var pace = new PeriodicTimer(s_pace);
        for (var number = KillsOfARound; !stop.IsCancellationRequested; number++)
        {
            var timers = 1 + random.Next(10);
            var (item, input) = ($"item-{number:D6}", Input(number, timers, 1_000 * (1 + random.Next(30))));
            while (!await TrySendAsync(mission, item, input))
            {
                await pace.WaitForNextTickAsync(CancellationToken.None);
            }

            acknowledged.Add((item, timers, input));
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }

        return acknowledged;
    }

    private Task<bool> TrySendAsync(MissionId mission, string item, string input) => _fabric.TrySubmitAsync(mission, item, Encoding.ASCII.GetBytes(input));

    private async Task AssertEndsAsync(MissionId mission, List<(string Item, int Timers, string Input)> items)
    {
        var ends = await _fabric.RowsAsync($"""
            select body::json ->> 'task', count(*), count(*) filter (where body::json ->> 'outcome' = 'completed'),
                   max(case when body::json ->> 'outcome' = 'completed' then convert_from(payload, 'UTF8')::json -> 'result' ->> 'text' end)
              from journal.entry where stream_id = '{mission.Value}' and kind = 'action' group by 1
            """);
        Assert.Equal(
            items.Select(static item => $"agent/{item.Item}|{item.Timers + 1}|1|{item.Timers}").Order(StringComparer.Ordinal),
            ends.Order(StringComparer.Ordinal));
        Assert.Equal(items.Count, await _fabric.CountAsync($"""
            select count(*) from control.task t
              join (select body::json ->> 'task' as task, max(seq) as seq from journal.entry where stream_id = '{mission.Value}' and kind = 'action' group by 1) e
                on e.task = t.task_key and e.seq = t.last_seq
             where t.mission_id = '{mission.Value}' and t.status = 'completed'
            """));
        // A judge's word about a snapshot may come after the end; it too is taken.
        await _fabric.UntilAsync(
            "After the end", "no intent pending", () => _fabric.CountAsync($"select count(*) from control.inbox where stream_id = '{mission.Value}' and consumed_seq is null"), static pending => pending == 0);
        var report = await _fabric.AssertCleanAsync();
        var replay = await _fabric.AssertReplaysAsync(mission);
        Assert.Equal(items.Sum(static item => item.Timers + 1), replay.Actions);
        Say($"{items.Count} items, {replay.Actions} actions, {(await _fabric.OwnersAsync(mission)).Count} epochs; {report.Entries} entries in {report.Commits} commits verified");
    }

    private Task<long> HeadAsync(MissionId mission) => _fabric.CountAsync($"select coalesce(max(seq), 0) from journal.stream_head where stream_id = '{mission.Value}'");

    private Task<long> ActionsAsync(MissionId mission, long since) => _fabric.CountAsync(
        $"select count(*) from journal.entry where tenant_id = '{RunningFabric.TenantName}' and stream_id = '{mission.Value}' and seq > {since} and kind = 'action'");

    /// <summary>SLOT SLOTS PERIOD_US ACTIONS MODE.</summary>
    private static string Input(int slot, int timers, int periodUs) => $"{slot} {slot + 1} {periodUs} {timers} 0";

    private static int? Setting(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), out var value) ? value : null;

    private void Count(string what) => _killed[what] = _killed.GetValueOrDefault(what) + 1;

    /// <summary>For whoever waits for a thousand kills: the file is named by the script, and read while this runs.</summary>
    private void Say(string line)
    {
        output.WriteLine(line);
        if (Environment.GetEnvironmentVariable("VOXELTRON_TEST_PROGRESS") is { Length: > 0 } file)
        {
            File.AppendAllText(file, line + "\n");
        }
    }
}
