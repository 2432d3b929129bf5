using System.Text.Json;
using Voxeltron.Cells;
using Voxeltron.Cosmictron;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Ultra;

namespace Voxeltron.Replay;

/// <summary>
/// Runs a mission's modules again, entry by entry, and demands the same bytes: body and payload of every boot, action and
/// abort are built anew from what the cell does now, and the chain value is computed from them.
/// </summary>
/// <remarks>
/// Taken from the record: item bytes, ids, keys, salts, delivery times, measured boot stages. Computed: which module,
/// profile and input a task has (from the spec and the graph), which cell may act, writes, emits, logs, results, refusals,
/// fuel, state, incidents, how the mission ended. State is never read from recorded writes, so a wrong write anywhere shows up at the
/// latest in the state root of <c>mission.completed</c>. Stops at the first divergence: what follows would only echo it.
/// Where something it needs was erased it stops executing, and from there on recomputes the chain alone.
/// </remarks>
public sealed partial class MissionReplay(CellEngine engine, ModuleLibrary modules, TenantId tenant, MissionId mission, TimeProvider clock) : IDisposable
{
    private readonly MissionState _state = new(tenant, mission, StoreLimits.Default);
    private readonly ByteSpool _bytes = new();
    private readonly HashSet<long> _erasedInputs = [];
    private readonly ReplayReport _report = new();
    private CellRunner? _runner;
    private readonly Dictionary<CellId, LiveCell> _cells = [];
    private bool _secretErased;
    private byte[] _chain = Chain.Zero.ToArray();

    public async Task<ReplayReport> RunAsync(IAsyncEnumerable<Entry> entries, CancellationToken cancel)
    {
        var began = clock.GetTimestamp();
        await foreach (var entry in entries.WithCancellation(cancel))
        {
            if (entry.Header.Seq > Until)
            {
                break;
            }

            _report.Entries++;
            _lastSeq = entry.Header.Seq;
            await FetchInputAsync(entry);
            await FetchReplyAsync(entry);
            Judge(entry);
            if (!_report.Clean)
            {
                break;
            }
        }

        if (_report.Entries == 0)
        {
            throw new VoxeltronException("mission_not_found", $"Tenant {tenant} has no mission {mission}.");
        }

        RequireScopeMet();
        _report.Elapsed = clock.GetElapsedTime(began);
        return _report;
    }

    public void Dispose()
    {
        Discard();
        _bytes.Dispose();
    }

    private void Judge(Entry entry)
    {
        try
        {
            if (entry.Payload is null && RecordedBodies.CommitsToPayload(entry.Body))
            {
                _report.Erased++;
                NoteErased(entry);
            }

            if (_report.ErasedFrom is null)
            {
                Step(entry);
            }
            else
            {
                Link(entry, entry.Body);
            }
        }
        catch (InvariantException impossible)
        {
            Diverge(entry, "order", entry.Body.ToString(), impossible.Message);
        }
        catch (Exception malformed) when (malformed is JsonException or KeyNotFoundException or FormatException or InvalidOperationException or ArgumentException or OverflowException)
        {
            // What a body of this kind must say, this one does not.
            Diverge(entry, "body", entry.Body.ToString(), malformed.Message);
        }
    }

    private void NoteErased(Entry entry)
    {
        switch (entry.Header.Kind)
        {
            case EntryKinds.EpochBegan:
                _secretErased = true;
                break;
            case EntryKinds.InputSubmitted:
                _erasedInputs.Add(entry.Header.Seq);
                break;
            case EntryKinds.MissionSubmitted when _report.ErasedFrom is null:
                StopExecuting(entry, "the mission's spec is gone");
                break;
        }
    }

    private void Step(Entry entry)
    {
        if (!IsInTurn(entry))
        {
            return;
        }

        if (IsOfAnotherCell(entry) || IsOfOlderCell(entry))
        {
            TakeRecorded(entry);
            return;
        }

        switch (entry.Header.Kind)
        {
            case EntryKinds.TaskDispatched:
                Dispatched(entry);
                break;
            case EntryKinds.CellBooted:
                Booted(entry);
                break;
            case EntryKinds.Action:
                Acted(entry);
                break;
            case EntryKinds.ActionAborted or EntryKinds.CellBootFailed:
                Aborted(entry);
                break;
            case EntryKinds.CellStopped:
                Stopped(entry);
                break;
            case EntryKinds.MissionCompleted:
                Completed(entry);
                break;
            case EntryKinds.SnapshotTaken:
                Snapshot(entry);
                break;
            case EntryKinds.ViewBuilt:
                BuildView(entry);
                break;
            case EntryKinds.IncidentOpened or EntryKinds.IncidentClosed:
                Noted(entry);
                break;
            case EntryKinds.FaultInjected:
                Injected(entry);
                break;
            case EntryKinds.BudgetWarned or EntryKinds.BudgetExhausted or EntryKinds.MissionExpired:
                Stopping(entry);
                break;
            case EntryKinds.HttpReplied or EntryKinds.ModelReplied:
                Replied(entry);
                break;
            case EntryKinds.ModelFailed:
                ModelFailed(entry);
                break;
            case EntryKinds.HttpFailed or EntryKinds.EgressRefused:
                RequestFailed(entry);
                break;
            case EntryKinds.GateOpened:
                GateOpened(entry);
                break;
            case EntryKinds.GateDecided:
                GateDecided(entry);
                break;
            case EntryKinds.GateVoided:
                GateVoided(entry);
                break;
            case EntryKinds.GateExpired or EntryKinds.GateEscalated:
                GateExpired(entry);
                break;
            case EntryKinds.ModuleReloadBegan:
                ReloadBegan(entry);
                break;
            case EntryKinds.ModuleReloadFailed:
                ReloadFailed(entry);
                break;
            case EntryKinds.ModuleReloaded or EntryKinds.ModuleRestored:
                ReloadEnded(entry);
                break;
            default:
                Taken(entry);
                break;
        }
    }

    /// <summary>An entry a replay takes as it stands: an intent, an epoch, a host's decision.</summary>
    private void Taken(Entry entry)
    {
        if (entry.Header.Kind == EntryKinds.EpochBegan)
        {
            // Whatever lived in the lost host died with it.
            Discard();
            _asked.Clear();
            _older.Clear();
            _olderEnded.Clear();
            (_swapped, _failedSwap) = (0, null);
        }
        else if (entry.Header.Kind == EntryKinds.MissionCancelRequested)
        {
            End(static _ => true, "cancelled");
        }
        else if (entry.Header.Kind == EntryKinds.TaskFailed)
        {
            using var document = JsonDocument.Parse(entry.Body.Utf8);
            var task = RecordedBodies.Text(document.RootElement, "task");
            End(live => live.TaskKey == task, RecordedBodies.Text(document.RootElement, "code"));
        }
        else if (entry.Header.Kind == EntryKinds.BudgetMetered && !_state.IsMetered)
        {
            throw new InvariantException("Memory kept warm is counted, and the mission has no budget.");
        }

        if (EntryKinds.IsIntent(entry.Header.Kind))
        {
            _intents.Add(RecordedBodies.IntentId(entry.Body));
        }

        if (entry.Header.Kind == EntryKinds.InputSubmitted && entry.Payload is not null)
        {
            _bytes.Add(entry.Header.Seq, entry.Payload);
        }

        _state.Apply(entry);
        if (entry.Header.Kind == EntryKinds.TaskFailed && _state.Machine.StopCode is { } stopped)
        {
            End(static _ => true, stopped);
        }

        Link(entry, entry.Body);
    }

    /// <summary>A view's rows, computed from the tables as this replay has them, against the ones the host found.</summary>
    private void BuildView(Entry entry)
    {
        using var document = JsonDocument.Parse(entry.Body.Utf8);
        var (declaredSeq, view) = (document.RootElement.GetProperty("declared_seq").GetInt64(), RecordedBodies.Text(document.RootElement, "view"));
        if (_state.IsErased(declaredSeq))
        {
            StopExecuting(entry, $"the SQL of view '{view}' is gone");
            Link(entry, entry.Body);
            return;
        }

        if (_state.BuildView(declaredSeq) is { } refusal)
        {
            Diverge(entry, "view", "built", $"{refusal.Code}: {refusal.Message}");
            return;
        }

        var root = _state.Store.Views.Root(view, out var rows);
        Link(entry, EntryBodies.ViewBuilt(RecordedBodies.Host(entry.Header), view, declaredSeq, rows, root).Body);
    }

    private void Completed(Entry entry)
    {
        using var document = JsonDocument.Parse(entry.Body.Utf8);
        var status = RecordedBodies.Text(document.RootElement, "status");
        var end = _state.Machine.Decide(entry.Header.TimeUs) is [Decision.Complete complete] ? complete.Status : "not ended: tasks or inputs are left";
        if (!Same(entry, "status", status, end))
        {
            return;
        }

        var counts = _state.Machine.Counts;
        var tally = new MissionTally(
            counts.Total, counts.Completed, counts.Refused, counts.Failed, counts.Skipped, counts.Cancelled, Convert.ToHexStringLower(_state.Store.Root()));
        Link(entry, EntryBodies.MissionCompleted(RecordedBodies.Host(entry.Header), end, tally).Body);
        _state.Complete(entry.Header.TimeUs);
    }

    /// <summary>What this entry needs was erased: nothing after it can be executed either, since the state is unknown from here.</summary>
    private void StopExecuting(Entry entry, string what)
    {
        _report.ErasedFrom = entry.Header.Seq;
        _report.ErasedWhat = what;
        Discard();
    }

    private void Compare(Entry entry, byte[] payload, Func<SaltedPayload, EntryDraft> build)
    {
        if (entry.Payload is null)
        {
            // The digest cannot be taken without the erased salt; everything else in the body can be demanded.
            var noSalt = new byte[PayloadDigest.SaltBytes];
            var body = build(new SaltedPayload(payload, noSalt)).Body.ToString();
            Link(entry, body.Replace(PayloadDigest.Hex(noSalt, payload), RecordedBodies.PayloadDigest(entry.Body), StringComparison.Ordinal));
            return;
        }

        if (!payload.AsSpan().SequenceEqual(entry.Payload))
        {
            DivergeIn(entry, "payload", entry.Payload, payload);
            return;
        }

        if (entry.PayloadSalt is not { Length: PayloadDigest.SaltBytes } salt)
        {
            Diverge(entry, "salt", $"{entry.PayloadSalt?.Length ?? 0} bytes", $"{PayloadDigest.SaltBytes} bytes");
            return;
        }

        Link(entry, build(new SaltedPayload(payload, salt)).Body);
    }

    /// <summary>Computes the chain value from <paramref name="body"/> and demands the recorded one.</summary>
    private void Link(Entry entry, EntryBody body)
    {
        _header = entry.Header;
        _chain = Chain.Next(_chain, entry.Header, body);
        var chained = _chain.AsSpan().SequenceEqual(entry.Chain);
        if (chained && body == entry.Body)
        {
            _report.ChainValues++;
            return;
        }

        // Chained but not the text that stands there: it was changed after it was chained.
        if (!chained && body == entry.Body)
        {
            Diverge(entry, "chain", Convert.ToHexStringLower(entry.Chain), Convert.ToHexStringLower(_chain));
            return;
        }

        DivergeIn(entry, "body", entry.Body.Utf8, body.Utf8);
    }

    /// <summary>Demands what the spec, the graph or the entries before say.</summary>
    private bool Same(Entry entry, string field, string recorded, string replayed)
    {
        if (recorded == replayed)
        {
            return true;
        }

        Diverge(entry, field, recorded, replayed);
        return false;
    }

    private void Discard()
    {
        foreach (var live in _cells.Values)
        {
            live.Dispose();
        }

        _cells.Clear();
    }

    /// <summary>The host ends tasks that wait: their cells may only stop now.</summary>
    private void End(Func<LiveCell, bool> which, string reason)
    {
        foreach (var live in _cells.Values.Where(live => live.Ended is null && which(live)))
        {
            live.Ended = reason;
        }
    }
}
