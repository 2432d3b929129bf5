using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Tests.Unit.Ultra;
using Voxeltron.Ultra;

namespace Voxeltron.Tests.Unit.Simulation;

/// <summary>
/// What the database holds and promises, and nothing of how: a commit is atomic, moves each head from exactly where it must
/// stand, and consumes each intent once; leases are given to one host at a time. The statements of src/Postgres say the same in SQL.
/// </summary>
internal sealed class SimDatabase(LogBuilder log)
{
    private readonly Dictionary<StreamRef, List<Entry>> _streams = [];
    private readonly Dictionary<StreamRef, HeadRow> _heads = [];
    private readonly Dictionary<StreamRef, SimLease> _leases = [];
    private readonly List<InboxRow> _inbox = [];

    public LogBuilder Builder => log;

    public IReadOnlyList<InboxRow> Inbox => _inbox;

    public IReadOnlyDictionary<StreamRef, SimLease> Leases => _leases;

    public Dictionary<(MissionId Mission, string TaskKey), TaskRow> Tasks { get; } = [];

    public Dictionary<StreamRef, MissionRow> Missions { get; } = [];

    /// <summary>Rows of published views, summed: what people would read.</summary>
    public Dictionary<(MissionId Mission, string View), Dictionary<string, long>> Views { get; } = [];

    public Dictionary<(MissionId Mission, ModuleDigest Declared), MissionModuleRow> MissionModules { get; } = [];

    public Dictionary<(MissionId Mission, long OpenedSeq), IncidentRow> Incidents { get; } = [];

    public IReadOnlyList<Entry> Entries(StreamRef stream) =>
        stream.Tenant == TenantId.Fabric ? [.. log.Log.Entries.Where(entry => entry.Header.Tenant == TenantId.Fabric)]
        : _streams.TryGetValue(stream, out var entries) ? entries : [];

    public HeadRow? Head(StreamRef stream) => _heads.GetValueOrDefault(stream);

    public void Enter(Intent intent)
    {
        _inbox.Add(new InboxRow(_inbox.Count, intent));
        _leases.TryAdd(new StreamRef(intent.Tenant, intent.Stream), new SimLease());
    }

    public List<Intent> Pending(StreamRef stream) =>
        [.. _inbox.Where(row => row.ConsumedSeq is null && new StreamRef(row.Intent.Tenant, row.Intent.Stream) == stream).Select(static row => row.Intent)];

    /// <summary>Streams nobody holds, and ended ones somebody still sent something to.</summary>
    public List<StreamRef> Claimable() =>
        [.. _leases.Where(pair => pair.Value.Host is null && (!pair.Value.Finished || Pending(pair.Key).Count > 0)).Select(static pair => pair.Key)];

    public ClaimedLease Claim(StreamRef stream, HostId host)
    {
        var lease = _leases[stream];
        (lease.Host, lease.Epoch) = (host, (Head(stream)?.Epoch ?? 0) + 1);
        return new ClaimedLease(stream.Tenant, stream.Stream, "mission", lease.Epoch);
    }

    /// <param name="isOver">The stream had ended already: nobody need claim it again.</param>
    public void Release(HostId host, LeaseTerm term, bool isOver)
    {
        var lease = _leases[new StreamRef(term.Tenant, term.Stream)];
        if (lease.Host == host && lease.Epoch == term.Epoch)
        {
            lease.Host = null;
            lease.Finished |= isOver;
        }
    }

    /// <summary>The host was declared dead.</summary>
    public void Free(HostId host)
    {
        foreach (var lease in _leases.Values.Where(lease => lease.Host == host))
        {
            lease.Host = null;
        }
    }

    public CommitOutcome Apply(CommitBatch batch)
    {
        var missed = batch.Streams.Where(stream => !Stands(stream)).Select(static stream => (stream.Tenant, stream.Stream)).ToList();
        if (missed.Count > 0)
        {
            return new CommitOutcome.Fenced(missed);
        }

        var seals = batch.Sealing.IsCompletedSuccessfully ? batch.Sealing.Result : throw new InvalidOperationException("a commit before its seals");
        RequirePending(batch);
        if (log.Log.Commits.Exists(commit => commit.Host == batch.Host && commit.Number == batch.Number))
        {
            throw new InvariantException($"{batch.Host} has a commit {batch.Number} already.");
        }

        foreach (var stream in batch.Streams)
        {
            Write(batch.Host, stream);
        }

        log.Log.Seals.AddRange(seals.Seals);
        log.Log.Commits.Add(seals.Commit);
        return CommitOutcome.Durable.Instance;
    }

    private bool Stands(StreamBatch stream)
    {
        var head = Head(new StreamRef(stream.Tenant, stream.Stream));
        var epoch = stream.PreviousEpoch ?? stream.Epoch;
        return head is null ? epoch == 0 : head.Epoch == epoch && head.Seq == stream.Entries[0].Header.Seq - 1;
    }

    /// <summary>As the consume statement: an intent that is not pending stops the whole batch, and is a bug of whoever sent it.</summary>
    private void RequirePending(CommitBatch batch)
    {
        foreach (var consumed in batch.Streams.SelectMany(static stream => stream.Projection.Consumed))
        {
            if (_inbox.Single(row => row.Intent.Id == consumed.InboxId).ConsumedSeq is { } seq)
            {
                throw new InvariantException($"Commit {batch.Number} of {batch.Host} consumes intent {consumed.InboxId:N} at seq {consumed.Seq}; it became the entry at {seq}.");
            }
        }
    }

    private void Write(HostId host, StreamBatch stream)
    {
        var at = new StreamRef(stream.Tenant, stream.Stream);
        if (!_streams.TryGetValue(at, out var entries))
        {
            _streams.Add(at, entries = []);
        }

        entries.AddRange(stream.Entries);
        log.Log.Entries.AddRange(stream.Entries);
        var last = stream.Entries[^1];
        _heads[at] = new HeadRow(stream.Tenant, stream.Stream, last.Header.Seq, stream.Epoch, last.Chain);
        log.Log.Heads.RemoveAll(head => new StreamRef(head.Tenant, head.Stream) == at);
        log.Log.Heads.Add(_heads[at]);
        foreach (var consumed in stream.Projection.Consumed)
        {
            _inbox.Single(row => row.Intent.Id == consumed.InboxId).ConsumedSeq = consumed.Seq;
        }

        foreach (var task in stream.Projection.Tasks)
        {
            Tasks[(task.Mission, task.TaskKey)] = task;
        }

        foreach (var module in stream.Projection.MissionModules)
        {
            MissionModules[(module.Mission, module.Declared)] = module.Over(MissionModules.GetValueOrDefault((module.Mission, module.Declared)));
        }

        foreach (var incident in stream.Projection.Incidents)
        {
            Incidents[(incident.Mission, incident.OpenedSeq)] = incident;
        }

        foreach (var view in stream.Projection.Views)
        {
            Views[(view.Mission, view.View)] = view.Rows.ToDictionary(static row => Convert.ToHexString(row.Key), static row => row.Weight);
        }

        foreach (var delta in stream.Projection.ViewDeltas)
        {
            var rows = Views[(delta.Mission, delta.View)];
            foreach (var row in delta.Rows)
            {
                var key = Convert.ToHexString(row.Key);
                rows[key] = rows.GetValueOrDefault(key) + row.Weight;
                if (rows[key] == 0)
                {
                    rows.Remove(key);
                }
            }
        }

        if (stream.Projection.Mission is { } mission)
        {
            Missions[at] = mission;
        }

        // The holder is named: a lease that another host claimed meanwhile is not this one's to end.
        var lease = _leases[at];
        if (stream.Projection.Finished && lease.Host == host && lease.Epoch == stream.Epoch)
        {
            (lease.Finished, lease.Host) = (true, null);
        }
    }
}

internal sealed class SimLease
{
    public HostId? Host { get; set; }

    public long Epoch { get; set; }

    public bool Finished { get; set; }
}

internal sealed record InboxRow(long Position, Intent Intent)
{
    public long? ConsumedSeq { get; set; }
}
