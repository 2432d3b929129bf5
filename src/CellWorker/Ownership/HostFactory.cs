using System.Security.Cryptography;
using Voxeltron.Cells;
using Voxeltron.Cosmictron;
using Voxeltron.Execution;
using Voxeltron.Hosting;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Postgres;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>Builds an incarnation and the handler of each stream it comes to own. What outlives an incarnation (engine, modules, key ring) is given in.</summary>
internal sealed class HostFactory(
    FabricState state,
    FabricDataSource database,
    CellEngine engine,
    ModuleCatalog catalog,
    ArtifactStore artifacts,
    CellKeyring keys,
    WarmBudget warm,
    HealthBoard board,
    EgressDesk desk,
    ModelDesk models,
    WorkerMetrics metrics,
    Timeline timeline,
    WorkerOptions options,
    TimeProvider clock,
    ILoggerFactory logs)
{
    private readonly SpecShelf _specs = new();
    private readonly WaitingTasks _waiting = new();
    private bool _isWatched;

    public async Task RunOnceAsync(string? metricsUrl, CancellationToken stopping)
    {
        if (!_isWatched)
        {
            // Once a process, not once an incarnation.
            metrics.Watch(() => engine.Capacity, () => _waiting.Count, warm);
            _isWatched = true;
        }

        using var ca = (IDisposable)state.Signer(FabricKey.Ca);
        using var logKey = (IDisposable)state.Signer(FabricKey.Log);
        var identity = HostIdentity.Create((ISigner)ca, clock);
        artifacts.SealAs(identity);
        await using var journal = new PostgresJournal(database);
        await using var readJournal = new PostgresJournal(database);
        await using var journalChanged = new Notifier(database.Lane("notify"), Channels.Journal, logs.CreateLogger<Notifier>());
        await using var inboxChanged = new Notifier(database.Lane("notify"), Channels.Inbox, logs.CreateLogger<Notifier>());
        await using var modelsChanged = new Notifier(database.Lane("notify"), Channels.Models, logs.CreateLogger<Notifier>());
        await using var listener = new NotificationListener(database, [Channels.Inbox, Channels.Models], clock, logs.CreateLogger<NotificationListener>());
        await using var presence = new HostPresence(database, identity.Host);
        await using var detector = new DeadHostDetector(database, clock);
        journalChanged.Start();
        inboxChanged.Start();
        modelsChanged.Start();
        listener.Start();

        var committed = new AsyncSignal(clock);
        var committer = new Committer(
            identity.Host,
            identity.Signer,
            journal,
            changed =>
            {
                foreach (var stream in changed)
                {
                    journalChanged.Notify($"{stream.Tenant}/{stream.Stream.Hex}");
                    if (stream.Stream == StreamId.System(stream.Tenant))
                    {
                        modelsChanged.Notify(Channels.ModelsOf);
                    }
                }

                committed.Set();
            },
            metrics,
            timeline,
            clock,
            logs.CreateLogger<Committer>())
        {
            Idle = IdleCollector.OfRuntime(),
        };
        var leases = new LeaseCommands(database);
        var hosts = new HostCommands(database);
        var inbox = new HostInboxQueries(database.Lane("pump"));
        using var check = new IntentCheck(state.RootPublicKey(), readJournal, clock, logs.CreateLogger<IntentCheck>());
        var backoff = new StreamBackoff(clock);
        var snapshots = new SnapshotCommands(database);
        var shelf = new SnapshotShelf(snapshots, new SnapshotQueries(database), metrics, clock, logs.CreateLogger<SnapshotShelf>());
        var owners = new OwnerTable(
            lease => Owner(lease, identity, readJournal, committer, check, shelf), leases, inboxChanged, identity.Host, backoff, metrics, logs.CreateLogger<OwnerTable>());
        var parts = new HostParts(
            committer,
            owners,
            new InboxPump(identity, owners, backoff, leases, inbox, new Placement(identity.Host, hosts, leases, engine, warm, clock), listener, options, clock, logs.CreateLogger<InboxPump>()),
            new LeaseRenewer(identity, owners, leases, hosts, presence, engine, warm, _waiting, options, clock, logs.CreateLogger<LeaseRenewer>()),
            new Reconciler(identity.Host, detector, inboxChanged, options, clock, logs.CreateLogger<Reconciler>()),
            new Integrator(
                new IntegratorCommands(database), (ISigner)logKey, state.Config.LogOrigin, state.Paths.Checkpoint, committed, options, clock, logs.CreateLogger<Integrator>()),
            warm,
            board,
            shelf,
            new SnapshotJudge(identity, snapshots, inboxChanged, state.Paths, options.Snapshots.JudgePercent, metrics, clock, logs.CreateLogger<SnapshotJudge>()),
            new ModelWatch(models, listener, options, clock, logs.CreateLogger<ModelWatch>()));
        var incarnation = new HostIncarnation(identity, parts, hosts, presence, new WorkerInboxCommands(database), inboxChanged, options, logs.CreateLogger<HostIncarnation>());
        await incarnation.RunAsync(metricsUrl, stopping);
    }

    private StreamOwner Owner(ClaimedLease lease, HostIdentity identity, IJournal journal, Committer committer, IntentCheck check, SnapshotShelf shelf)
    {
        var stream = lease.Ref;
        var inputs = new InputBytes(stream, journal);
        IStreamHandler handler = lease.Stream == StreamId.System(lease.Tenant)
            ? new SystemHandler(lease.Tenant, identity.Host, catalog, desk)
            : Mission(stream, identity.Host, inputs, journal);
        var owner = new StreamOwner(lease, identity.Host, identity.Signer.KeyId, handler, journal, committer, check, clock, logs.CreateLogger<StreamOwner>(), shelf, options.Snapshots);
        inputs.DurableSeq = () => owner.DurableSeq;
        if (handler is MissionHandler mission)
        {
            mission.Wake = owner.Poke;
        }

        return owner;
    }

    private MissionHandler Mission(StreamRef stream, HostId host, InputBytes inputs, IJournal journal)
    {
        var mission = new MissionState(stream.Tenant, stream.Stream.AsMission(), StoreLimits.Default with { SetHashes = options.ScrubRowsPerS > 0 }, _specs);
        var execution = new TaskExecution(host, mission, new CellRunner(engine, mission) { CutsByBudget = true }, keys, inputs, metrics, timeline, stream, clock, warm,
            new MissionHealth(board, stream, host, taskKey => Queued(mission, taskKey, clock.NowUs())),
            new MissionRequests(stream, host, mission, desk, metrics, logs.CreateLogger<MissionRequests>(), models));
        return new MissionHandler(stream, host, execution, mission, new MissionModules(stream, catalog), inputs, clock, new Scrubber(options.ScrubRowsPerS, clock), _waiting, logs.CreateLogger<MissionHandler>(),
            options.AllowKill ? KillThisProcess : null, new StoredApprovers(database, journal));
    }

    /// <summary>SIGKILL, which nobody handles: no seal is written, no lease given back.</summary>
    private static void KillThisProcess()
    {
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        process.Kill();
    }

    /// <summary>What waits for a task's cell: changes of views, and timers that are due.</summary>
    private static int Queued(MissionState mission, string taskKey, long nowUs)
    {
        var queued = mission.Timers.CountDue(taskKey, nowUs) + mission.Requests.CountAnswered(taskKey);
        foreach (var cursor in mission.Store.Views.Cursors.Of(taskKey))
        {
            queued += cursor.HasPending ? 1 : 0;
        }

        return queued;
    }

    /// <summary>Cell keys come from the operating system's generator; nothing replays them, the boot entry records the public half.</summary>
    public static void RandomSeed(Span<byte> seed) => RandomNumberGenerator.Fill(seed);
}
