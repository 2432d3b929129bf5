using System.Text;
using Voxeltron.CellWorker;
using Voxeltron.Kernel;
using Voxeltron.Tests.Unit.Ultra;
using Voxeltron.Ultra;

namespace Voxeltron.Tests.Unit.Simulation;

/// <summary>
/// One run: missions of agents, hosts that come and go, a client that submits and watches, and what the plan does to them. After
/// it every mission has ended and every host that was frozen has woken up.
/// </summary>
internal sealed class SimWorld : IDisposable
{
    /// <summary>Generous: an undisturbed run takes less than a second, a fault in a row of faults doubles a host's pause.</summary>
    private const long LongestUs = 600_000_000;

    /// <summary>After the last sleeper woke: long enough for it to try what it was about to do, and to hear that it was declared dead.</summary>
    private const long AftermathUs = 1_500_000;

    private const int MostHosts = 60;
    private const int FailoverUs = 300_000;

    private readonly int[] _passages = new int[Enum.GetValues<KillPoint>().Length];
    private readonly List<SimHost> _hosts = [];
    private readonly HashSet<SimHost> _declaredDead = [];
    private readonly List<Blow> _left;
    private readonly SimContext _server;
    private readonly SimContext _client;
    private readonly SimClock _serverClock;
    private readonly TestHost _fabric = new(0);
    private Exception? _fault;

    /// <param name="draw">What missions there are; null: agents.</param>
    public SimWorld(int seed, Func<TenantId, int, Random, SimMission>? draw = null)
    {
        Seed = seed;
        Random = new Random(seed);
        Damage = new Random(~seed);
        Loop = new SimLoop(Random);
        Plan = FaultPlan.Draw(Random);
        _left = [.. Plan.Blows];
        _server = Loop.Context("server");
        _client = Loop.Context("client");
        _serverClock = new SimClock(Loop, _server, 0);
        Database = new SimDatabase(Log);
        Missions = [.. Enumerable.Range(0, 1 + Random.Next(3)).Select(i => (draw ?? SimMission.Draw)(SimModules.Tenant, i, Random))];
        Log.Begin(_fabric);
    }

    public int Seed { get; }

    public Random Random { get; }

    public SimLoop Loop { get; }

    public FaultPlan Plan { get; }

    public LogBuilder Log { get; } = new();

    public SimDatabase Database { get; }

    public IReadOnlyList<SimMission> Missions { get; }

    public WorkerMetrics Metrics { get; } = new();

    public Timeline Timeline { get; } = new(enabled: false);

    public CellKeyring Keys { get; } = new(2_048, HostFactory.RandomSeed);

    /// <summary>What left through a gate, in the order it left.</summary>
    public List<Output> Outputs { get; } = [];

    /// <summary>Snapshots that count, of all missions.</summary>
    public List<SimSnapshot> Snapshots { get; } = [];

    public int SnapshotsUsed { get; set; }

    /// <summary>As of the run's end.</summary>
    public long CellsWoken { get; set; }

    public long ImagesLost { get; set; }

    public int SnapshotsRefused { get; set; }

    /// <summary>Of these, those whose bytes had the root their row said.</summary>
    public int SnapshotsForged { get; set; }

    /// <summary>What the client read from the log as it grew.</summary>
    public Dictionary<(StreamRef Stream, long Seq), byte[]> Seen { get; } = [];

    /// <summary>Each blow that met a host.</summary>
    public List<Blow> Struck { get; } = [];

    public int ScrubRowsPerS { get; init; } = 5_000;

    /// <summary>Rows still to be damaged in the memory of owners, as by a broken machine. With a scrubber as fast as <see cref="EveryTurn"/>, found before anything reads them.</summary>
    public int RowsToDamage { get; set; }

    /// <summary>Of its own, so that a run in which nothing is damaged draws as it always did.</summary>
    public Random Damage { get; }

    /// <summary>A rate at which the scrubber looks at every row in every turn.</summary>
    public const int EveryTurn = int.MaxValue;

    /// <summary>Writer sections that ended because their memory had changed.</summary>
    public int StatesGivenUp { get; set; }

    /// <summary>Commits of a host that had lost the stream: all were refused.</summary>
    public int ZombieCommits { get; private set; }

    /// <exception cref="InvalidOperationException">The run came to no end, or a part of the fabric failed.</exception>
    public void Run()
    {
        foreach (var mission in Missions)
        {
            _client.Run(() => Observe(SubmitAsync(mission)));
        }

        _client.Run(() => Observe(WatchAsync()));
        _server.Run(() => Observe(SuperviseAsync()));
        Require(Loop.RunUntil(() => _fault is not null || IsSettled, LongestUs), "the missions to end");
        Require(Loop.RunUntil(() => _fault is not null || _hosts.TrueForAll(static host => !host.Context.IsFrozen), LongestUs), "every sleeper to wake");
        Loop.RunUntil(() => _fault is not null, AftermathUs);
        Require(IsSettled, "ended missions to stay ended");
    }

    public bool Chance(double probability) => Random.NextDouble() < probability;

    /// <summary>The blow that meets this host here, if it is the one whose turn it is.</summary>
    public Blow? Meets(SimHost host, KillPoint point)
    {
        var passage = ++_passages[(int)point];
        var blow = host.HasEnded ? null : _left.Find(blow => blow.Point == point && blow.Passage <= passage);
        if (blow is not null)
        {
            _left.Remove(blow);
            Struck.Add(blow);
        }

        return blow;
    }

    public async Task PassAsync(SimHost host, KillPoint point)
    {
        if (Meets(host, point) is { } blow)
        {
            await StrikeAsync(host, blow);
        }
    }

    /// <summary>Returns when the host goes on, if ever.</summary>
    public async Task StrikeAsync(SimHost host, Blow blow)
    {
        Strike(host, blow);
        await Task.Yield();
    }

    /// <summary>At a point that does not wait: what is left of the slice runs, and reaches nobody any more.</summary>
    public void Pass(SimHost host, KillPoint point)
    {
        if (Meets(host, point) is { } blow)
        {
            Strike(host, blow);
        }
    }

    public CommitOutcome Commit(CommitBatch batch)
    {
        var before = batch.Streams.Select(stream => Database.Head(new StreamRef(stream.Tenant, stream.Stream))).ToList();
        CommitOutcome outcome;
        try
        {
            outcome = Database.Apply(batch);
        }
        catch (InvariantException bug)
        {
            // The committer contains it and goes on; here whatever it was that sent such rows is to be found.
            _fault ??= bug;
            throw;
        }

        if (batch.Streams.Where((stream, i) => before[i]?.Epoch > stream.Epoch).Any())
        {
            ZombieCommits++;
            if (outcome is not CommitOutcome.Fenced)
            {
                throw new InvariantException("A superseded epoch wrote.");
            }
        }

        return outcome;
    }

    /// <summary>After a while the server does it, if at all.</summary>
    public void Later(int afterUs, bool happens, Action what) => _server.Run(() => Observe(LaterAsync(afterUs, happens, what)));

    /// <summary>Invariant 2, looked at in the moment an output leaves.</summary>
    public void Released(Output output)
    {
        var entries = Database.Entries(output.Stream);
        var entry = output.Seq <= entries.Count ? entries[(int)output.Seq - 1] : null;
        if (entry is null || entry.Header.Epoch != output.Epoch)
        {
            throw new InvariantException($"{output} left while the log {(entry is null ? $"ends at {entries.Count}" : $"holds an entry of epoch {entry.Header.Epoch} there")}.");
        }

        Outputs.Add(output);
    }

    public bool IsDeclaredDead(SimHost host) => _declaredDead.Contains(host);

    public void Ended(SimHost host) => Database.Free(host.Identity.Id);

    /// <summary>A part of the fabric runs on its own: its failure is the run's.</summary>
    public async void Observe(Task part)
    {
        try
        {
            await part;
        }
        catch (OperationCanceledException)
        {
            // It was asked to stop.
        }
        catch (Exception fault)
        {
            _fault ??= fault;
        }
    }

    public void Dispose()
    {
        foreach (var host in _hosts)
        {
            host.Context.Kill();
            host.Dispose();
        }

        Keys.Dispose();
        Metrics.Dispose();
    }

    public string Describe() =>
        $"seed {Seed}, {Missions.Count} missions, {_hosts.Count} hosts, {Loop.NowUs / 1000} ms, struck: {string.Join(", ", Struck)}, plan: {Plan}";

    private bool IsSettled => Missions.All(mission => mission.IsSubmitted && Database.Leases[mission.Stream] is { Finished: true })
        && Database.Inbox.All(static row => row.ConsumedSeq is not null);

    private void Require(bool held, string expected)
    {
        if (_fault is not null || !held)
        {
            var leases = string.Join(", ", Database.Leases.Select(static pair => $"{pair.Key.Stream.Hex[^2..]}: epoch {pair.Value.Epoch} host {pair.Value.Host} finished {pair.Value.Finished}"));
            throw new InvalidOperationException($"{Describe()}: expected {expected}; pending {Database.Inbox.Count(static row => row.ConsumedSeq is null)}; {leases}; {_fault}", _fault);
        }
    }

    private void Strike(SimHost host, Blow blow)
    {
        if (blow.FrozenUs == 0)
        {
            host.Context.Kill();
            // Its sessions end with it, but the server has to notice.
            Later(Random.Next(FailoverUs), true, () => Database.Free(host.Identity.Id));
            return;
        }

        host.Context.IsFrozen = true;
        Later(1 + Random.Next((int)blow.FrozenUs), true, () =>
        {
            _declaredDead.Add(host);
            Database.Free(host.Identity.Id);
        });
        Later((int)blow.FrozenUs, true, () => host.Context.IsFrozen = false);
    }

    private async Task LaterAsync(int afterUs, bool happens, Action what)
    {
        await Task.Delay(TimeSpan.FromMicroseconds(afterUs), _serverClock);
        if (happens)
        {
            what();
        }
    }

    /// <summary>Keeps two hosts running, as whoever operates the fabric would; now and then one is asked to stop.</summary>
    private async Task SuperviseAsync()
    {
        var stops = Random.Next(3);
        while (true)
        {
            var running = _hosts.Where(host => !host.HasEnded && !_declaredDead.Contains(host)).ToList();
            if (running.Count < 2)
            {
                StartHost();
            }
            else if (stops > 0 && Random.Next(60) == 0)
            {
                stops--;
                running[Random.Next(running.Count)].Stop();
            }

            await Task.Delay(TimeSpan.FromMicroseconds(Random.Next(10_000)), _serverClock);
        }
    }

    private void StartHost()
    {
        if (_hosts.Count == MostHosts)
        {
            throw new InvariantException($"{MostHosts} hosts were not enough.");
        }

        var identity = new TestHost(1 + _hosts.Count);
        Log.Delegate(identity);
        Log.Commit(_fabric, Log.System);
        var host = new SimHost(this, identity, Random.Next(-100_000, 100_000));
        _hosts.Add(host);
        host.Start();
    }

    private async Task SubmitAsync(SimMission mission)
    {
        await PauseAsync(20_000);
        Enter(mission, EntryKinds.MissionSubmitted, null, Encoding.UTF8.GetBytes(mission.Spec));
        foreach (var (item, input) in mission.Items)
        {
            await PauseAsync(30_000);
            EnterItem(mission, item, input);
        }

        await PauseAsync(30_000);
        Enter(mission, EntryKinds.InputClosed, static json => json.Name("input").String("requests"), null);
        foreach (var sql in mission.NewSql)
        {
            await PauseAsync(100_000);
            Enter(mission, EntryKinds.ViewDeclared, static json => json.Name("published").Boolean(true).Name("view").String(SimFollowers.View), Encoding.ASCII.GetBytes(sql));
        }

        foreach (var reload in mission.Reloads)
        {
            await PauseAsync(40_000);
            var declared = reload.Declared.Value;
            Enter(
                mission,
                reload.To is null ? EntryKinds.ModuleRollbackRequested : EntryKinds.ModuleReloadRequested,
                json => _ = reload.To is { } to ? json.Name("declared").String(declared).Name("to").String(to.Value) : json.Name("declared").String(declared),
                null);
        }

        if (mission.Late is { } late)
        {
            await PauseAsync(400_000);
            EnterItem(mission, late.Item, late.Input);
        }

        if (mission.Closing is { } closing)
        {
            // Whoever begins to follow later is not told of it.
            do
            {
                await PauseAsync(30_000);
            }
            while (!SimFollowers.AllFollow(mission, Database.Entries(mission.Stream)));
            Enter(mission, EntryKinds.InputSubmitted, static json => json.Name("input").String("closing").Name("item").String("all"), Encoding.ASCII.GetBytes(closing));
        }

        mission.IsSubmitted = true;
    }

    private void EnterItem(SimMission mission, string item, string input) =>
        Enter(mission, EntryKinds.InputSubmitted, json => json.Name("input").String("requests").Name("item").String(item), Encoding.ASCII.GetBytes(input));

    private void Enter(SimMission mission, string kind, Action<JcsWriter>? extra, byte[]? payload) =>
        Database.Enter(Log.Intent(Log.Stream(mission.Stream.Tenant, mission.Stream.Stream), kind, extra, payload));

    /// <summary>Reads what is new in the log, as Api does for those who wait and follow.</summary>
    private async Task WatchAsync()
    {
        var read = Missions.ToDictionary(static mission => mission.Stream, static _ => 0);
        while (true)
        {
            foreach (var mission in Missions)
            {
                foreach (var entry in Database.Entries(mission.Stream).Skip(read[mission.Stream]))
                {
                    Seen.Add((mission.Stream, entry.Header.Seq), entry.Chain);
                    read[mission.Stream]++;
                }
            }

            await PauseAsync(10_000);
        }
    }

    private Task PauseAsync(int mostUs) => Task.Delay(TimeSpan.FromMicroseconds(Random.Next(mostUs)), _serverClock);
}

/// <summary>A mission of agents, each counting its timers in a row of its own.</summary>
/// <param name="Late">Sent after the input was closed: refused, whether the mission has ended or not.</param>
internal sealed record SimMission(StreamRef Stream, string Spec, IReadOnlyList<(string Item, string Input)> Items, int Timers, (string Item, string Input)? Late)
{
    public bool IsSubmitted { get; set; }

    /// <summary>SQL that the view gets while the mission runs; what is none of it is refused.</summary>
    public IReadOnlyList<string> NewSql { get; init; } = [];

    /// <summary>Other versions its tasks are to run while it runs.</summary>
    public IReadOnlyList<SimReload> Reloads { get; init; } = [];

    /// <summary>The single item of input <c>closing</c>; null: there is no such input.</summary>
    public string? Closing { get; init; }

    public static SimMission Draw(TenantId tenant, int number, Random random)
    {
        var (agents, timers, periodUs) = (1 + random.Next(4), 1 + random.Next(6), 500 + random.Next(20_000));
        var spec = $$$"""
            {"spec": "v1", "name": "simulated", "inputs": {"requests": {"max_items": 100}},
             "tables": [{"name": "slot", "key": ["id"], "scope": "mission", "columns": [
               {"name": "id", "type": "int64"}, {"name": "n", "type": "int64"}, {"name": "pad", "type": "bytes"}]}],
             "tasks": [{"id": "agent", "module": "{{{SimModules.Agent}}}", "map": "requests", "retry": {"max_attempts": 20, "backoff_ms": 0}}]}
            """;
        var stream = new StreamRef(tenant, StreamId.Of(new MissionId(TestKeys.Id(0x500 + number))));
        var items = Enumerable.Range(0, agents + 1).Select(i => ($"a-{i}", $"{i} {agents + 1} {periodUs} {timers} {random.Next(2)}")).ToList();
        return new SimMission(stream, spec, items[..agents], timers, random.Next(3) == 0 ? items[agents] : null);
    }
}

/// <param name="To">Null: back to the version before.</param>
internal sealed record SimReload(ModuleDigest Declared, ModuleDigest? To);
