using Microsoft.Extensions.Logging.Abstractions;
using Voxeltron.CellWorker;
using Voxeltron.Cosmictron;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Tests.Unit.Ultra;
using Voxeltron.Ultra;

namespace Voxeltron.Tests.Unit.Simulation;

/// <summary>
/// One incarnation of a worker host: the real committer, writer sections, handlers and cells. The loops around them, which
/// speak SQL in the product, are the few lines below: claim, pump, renew.
/// </summary>
internal sealed class SimHost : IDisposable
{
    private const int MostPumpUs = 20_000;
    private const int MostStaleUs = 40_000;
    private const int MostAwakeUs = 2_000;
    private static readonly TimeSpan s_renewal = TimeSpan.FromSeconds(1);

    /// <summary>Often, so that short missions have some.</summary>
    private static readonly SnapshotOptions s_snapshots = new(Tail: 6, TailBytes: 1_000_000, Age: TimeSpan.FromMilliseconds(50), Interval: TimeSpan.FromMilliseconds(5));

    private readonly SimWorld _world;
    private readonly Committer _committer;
    private readonly SimConnection _journal;
    private readonly IntentCheck _check;
    private readonly StreamBackoff _backoff;
    private readonly Spool _spool;
    private readonly WarmBudget _warm;
    private readonly CancellationTokenSource _stopOwners = new();
    private readonly CancellationTokenSource _stopLoops = new();
    private readonly Dictionary<StreamRef, Owned> _owned = [];

    public SimHost(SimWorld world, TestHost identity, long errorUs)
    {
        (_world, Identity) = (world, identity);
        Context = world.Loop.Context($"host {identity.Id}");
        Clock = new SimClock(world.Loop, Context, errorUs);
        _journal = new SimConnection(world, this);
        _check = new IntentCheck(world.Log.RootPublicKey, _journal, Clock, NullLogger<IntentCheck>.Instance);
        _backoff = new StreamBackoff(Clock);
        _spool = Spool.Open(Path.GetTempPath(), mostBytes: 4 << 20);
        _warm = new WarmBudget(SimModules.Engine, _spool, warmCells: 0, mostAsleep: 1_000, Clock);
        _committer = new Committer(identity.Id, identity.Signer, _journal, static _ => { }, world.Metrics, world.Timeline, Clock, NullLogger<Committer>.Instance);
    }

    public TestHost Identity { get; }

    public SimContext Context { get; }

    public SimClock Clock { get; }

    /// <summary>Killed, stopped, or gone since it was declared dead.</summary>
    public bool HasEnded => Context.IsDead || _ended;

    private bool _ended;

    public void Start() => Context.Run(() =>
    {
        _world.Observe(_committer.RunAsync(_stopLoops.Token));
        _world.Observe(PumpAsync());
        _world.Observe(RenewAsync());
        _world.Observe(SleepAsync());
    });

    /// <summary>SIGTERM: writer sections end and drain, leases are given back, then the committer ends.</summary>
    public void Stop() => Context.Run(() => _world.Observe(EndAsync()));

    /// <summary>What the operating system does with a process that is gone.</summary>
    public void Dispose()
    {
        foreach (var owned in _owned.Values)
        {
            owned.Handler.Dispose();
        }

        _world.CellsWoken += _warm.Woken;
        _world.ImagesLost += _warm.Lost;
        _warm.Dispose();
        _check.Dispose();
        _stopOwners.Dispose();
        _stopLoops.Dispose();
    }

    private async Task PumpAsync()
    {
        while (!_ended)
        {
            foreach (var stream in _world.Database.Claimable().Except(_backoff.Waiting()).Where(stream => !_owned.ContainsKey(stream)))
            {
                var page = _world.Database.Pending(stream);
                _world.Observe(OwnAsync(_world.Database.Claim(stream, Identity.Id), page));
            }

            foreach (var stream in _owned.Keys.ToList())
            {
                var page = _world.Database.Pending(stream);
                // A page is old by the time it is offered: its rows may have become entries since, and the stream have another owner.
                await PauseAsync(MostStaleUs);
                if (!_owned.TryGetValue(stream, out var owned))
                {
                    continue;
                }

                if (!page.TrueForAll(intent => owned.Owner.Offer(new ArrivedIntent(intent, Clock.GetTimestamp()))))
                {
                    throw new InvariantException("The inbox of a simulated mission is never full.");
                }
            }

            await PauseAsync(MostPumpUs);
        }
    }

    /// <summary>A host that hears it was declared dead gives up everything at once.</summary>
    private async Task RenewAsync()
    {
        while (!_ended)
        {
            await Task.Delay(s_renewal, Clock);
            if (_world.IsDeclaredDead(this))
            {
                foreach (var owned in _owned.Values)
                {
                    owned.Owner.Drop("host_lost");
                    owned.Handler.IsOver = true;
                }

                await EndAsync();
            }
        }
    }

    /// <summary>Cells that wait are put away all the time, and now and then the disk gives back something else.</summary>
    private async Task SleepAsync()
    {
        while (!_ended)
        {
            await PauseAsync(MostAwakeUs);
            _warm.Look();
            if (_world.Chance(0.001) && _spool.UsedBytes > 0)
            {
                RandomAccess.Write(_spool.File, [0xAA, 0x55, 0xAA], _world.Random.NextInt64(_spool.UsedBytes));
            }
        }
    }

    private async Task EndAsync()
    {
        _ended = true;
        // Not CancelAsync, whose callbacks run on the pool: everything here has one thread.
        _stopOwners.Cancel();
        await Task.WhenAll(_owned.Values.Select(static owned => owned.Running));
        _stopLoops.Cancel();
        _world.Ended(this);
    }

    private Task PauseAsync(int mostUs) => Task.Delay(TimeSpan.FromMicroseconds(_world.Random.Next(mostUs)), Clock);

    /// <param name="page">Read before the stream's log is: what its last owner sent may arrive in between.</param>
    private async Task OwnAsync(ClaimedLease lease, List<Intent> page)
    {
        var stream = lease.Ref;
        var inputs = new InputBytes(stream, _journal);
        var state = new MissionState(stream.Tenant, stream.Stream.AsMission(), StoreLimits.Default with { SetHashes = true });
        var execution = new TaskExecution(
            Identity.Id, state, new CellRunner(SimModules.Engine, state), _world.Keys, inputs, _world.Metrics, _world.Timeline, stream, Clock, _warm);
        var mission = new MissionHandler(stream, Identity.Id, execution, state, new MissionModules(stream, SimModules.Catalog), inputs, Clock, new Scrubber(_world.ScrubRowsPerS, Clock), new WaitingTasks(), NullLogger.Instance);
        var handler = new WatchedHandler(_world, this, mission, state, lease);
        var owner = new StreamOwner(lease, Identity.Id, Identity.Signer.KeyId, handler, _journal, _committer, _check, Clock, NullLogger.Instance,
            new SimShelf(_world, this), s_snapshots);
        inputs.DurableSeq = () => owner.DurableSeq;
        mission.Wake = owner.Poke;
        var running = new TaskCompletionSource();
        _owned.Add(stream, new Owned(owner, handler, running.Task));
        page.ForEach(intent => owner.Offer(new ArrivedIntent(intent, Clock.GetTimestamp())));
        var end = OwnerEnd.Lost;
        try
        {
            end = await owner.RunAsync(_stopOwners.Token);
        }
        catch (JournalUnavailableException)
        {
            owner.Drop("fault");
        }
        catch (VoxeltronException fault) when (fault.FaultCode == "state_corrupt")
        {
            _world.StatesGivenUp++;
            owner.Drop("fault");
        }

        if (end == OwnerEnd.Lost)
        {
            _backoff.Fault(stream);
        }
        else
        {
            _backoff.Forget(stream);
        }

        if (end != OwnerEnd.Finished)
        {
            _world.Database.Release(Identity.Id, owner.Term, isOver: end == OwnerEnd.Over);
        }

        _owned.Remove(stream);
        running.SetResult();
    }

    private sealed record Owned(StreamOwner Owner, WatchedHandler Handler, Task Running);
}
