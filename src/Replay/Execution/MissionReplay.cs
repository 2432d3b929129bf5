using System.Text.Json;
using Voxeltron.Cells;
using Voxeltron.Cosmictron;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Replay;

/// <summary>
/// Runs a mission's modules again, entry by entry, and demands the same bytes: body and payload of every boot, action and
/// abort are built anew from what the cell does now, and the chain value is computed from them.
/// </summary>
/// <remarks>
/// Taken from the record: inputs, ids, keys, salts, delivery times, measured boot stages. Computed: writes, emits, logs,
/// results, refusals, fuel, state. State is never read from recorded writes, so a wrong write anywhere shows up at the
/// latest in the state root of <c>mission.completed</c>. Stops at the first divergence: what follows would only echo it.
/// </remarks>
public sealed class MissionReplay(CellEngine engine, ModuleLibrary modules, TenantId tenant, MissionId mission, TimeProvider clock) : IDisposable
{
    private readonly MissionState _state = new(tenant, mission, StoreLimits.Default);
    private readonly Dictionary<long, byte[]> _bytes = [];
    private readonly ReplayReport _report = new();
    private CellRunner? _runner;
    private Cell? _cell;
    private byte[] _chain = Chain.Zero.ToArray();

    public async Task<ReplayReport> RunAsync(IAsyncEnumerable<Entry> entries, CancellationToken cancel)
    {
        var began = clock.GetTimestamp();
        await foreach (var entry in entries.WithCancellation(cancel))
        {
            _report.Entries++;
            Step(entry);
            if (!_report.Clean)
            {
                break;
            }
        }

        if (_report.Entries == 0)
        {
            throw new VoxeltronException("mission_not_found", $"Tenant {tenant} has no mission {mission}.");
        }

        _report.Elapsed = clock.GetElapsedTime(began);
        return _report;
    }

    public void Dispose() => _cell?.Dispose();

    private void Step(Entry entry)
    {
        switch (entry.Header.Kind)
        {
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
                Discard();
                Link(entry, entry.Body);
                break;
            case EntryKinds.MissionCompleted:
                Completed(entry);
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
        }

        if (entry.Header.Kind == EntryKinds.InputSubmitted && entry.Payload is not null)
        {
            _bytes[entry.Header.Seq] = entry.Payload;
        }

        _state.Apply(entry);
        Link(entry, entry.Body);
    }

    private void Booted(Entry entry)
    {
        using var document = JsonDocument.Parse(entry.Body);
        var recorded = RecordedBodies.Boot(document.RootElement);
        _report.FuelCompared &= recorded.Fingerprint == engine.Fingerprint;
        Discard();
        var boot = Runner().Boot(new BootRequest(
            modules.Get(recorded.Module), recorded.Cell, Profile(recorded.Profile), recorded.TaskKey, recorded.Attempt, recorded.Resumed, recorded.NowUs), new BootClock(clock));
        _report.Boots++;
        if (boot.Cell is null)
        {
            Diverge(entry, "outcome", "ready", boot.Outcome.Code!);
            return;
        }

        _cell = boot.Cell;
        Count(boot.Outcome, boot.Writes);
        var replayed = recorded with { Fuel = FuelOf(boot.Outcome, recorded.Fuel), Writes = boot.Writes.Count };
        Compare(entry, ActionPayload.Write(boot.Outcome, boot.Writes, withResult: false), payload => EntryBodies.CellBooted(RecordedBodies.Host(entry.Header), replayed, payload));
    }

    private void Acted(Entry entry)
    {
        using var document = JsonDocument.Parse(entry.Body);
        var body = document.RootElement;
        var taskKey = RecordedBodies.Text(body, "task");
        var attempt = RecordedBodies.Attempt(body);
        var input = InputReference.Read(body.GetProperty("input"));
        if (_cell is null || !TryInput(input, out var bytes))
        {
            Erased(entry);
            return;
        }

        var cell = RecordedBodies.Cell(body);
        var nowUs = RecordedBodies.NowUs(body);
        var (outcome, writes) = Runner().RunTask(_cell, taskKey, ItemKey(taskKey), attempt, bytes, nowUs);
        _report.Actions++;
        if (outcome.Status == ActionStatus.Aborted)
        {
            Diverge(entry, "outcome", RecordedBodies.Text(body, "outcome"), "aborted: " + outcome.Code);
            return;
        }

        Count(outcome, writes);
        _bytes[entry.Header.Seq] = outcome.Result;
        var replayed = new ActionRecord(
            cell, taskKey, attempt, input, nowUs, Outcomes.Of(outcome.Status), outcome.Code, FuelOf(outcome, body.GetProperty("fuel").GetInt64()), writes.Count);
        Compare(entry, ActionPayload.Write(outcome, writes, withResult: true), payload => EntryBodies.Action(replayed, payload));
        if (_report.Clean)
        {
            _state.Acted(taskKey, attempt, replayed.Outcome, replayed.Code, entry.Header.Seq, entry.Header.TimeUs);
        }
    }

    private void Aborted(Entry entry)
    {
        using var document = JsonDocument.Parse(entry.Body);
        var recorded = RecordedBodies.Abort(document.RootElement);
        if (Repeatable.Is(recorded.Code))
        {
            var outcome = entry.Header.Kind == EntryKinds.CellBootFailed ? BootAgain(recorded) : RunAgain(entry, recorded);
            _report.Aborts++;
            if (outcome.Status != ActionStatus.Aborted)
            {
                Diverge(entry, "outcome", "aborted: " + recorded.Code, outcome.Status.ToString());
                return;
            }

            var replayed = recorded with { Code = outcome.Code!, Fuel = FuelOf(outcome, recorded.Fuel) };
            Link(entry, EntryBodies.Aborted(entry.Header.Kind, RecordedBodies.Host(entry.Header), replayed).Body);
        }
        else
        {
            _report.NotRepeatable++;
            Link(entry, entry.Body);
        }

        Discard();
        if (_report.Clean)
        {
            _state.Apply(entry);
        }
    }

    private ActionOutcome BootAgain(in AbortRecord recorded)
    {
        var task = _state.Machine.Task(recorded.TaskKey);
        var boot = Runner().Boot(new BootRequest(
            modules.Get(recorded.Module), recorded.Cell, task.Profile, recorded.TaskKey, recorded.Attempt, Resume: recorded.Attempt > 1, recorded.NowUs), new BootClock(clock));
        boot.Cell?.Dispose();
        return boot.Outcome;
    }

    private ActionOutcome RunAgain(Entry entry, in AbortRecord recorded)
    {
        var input = _state.Machine.InputOf(recorded.TaskKey);
        var reference = input.Kind switch
        {
            Ninmu.TaskInputKind.Item => new InputReference(InputKind.Item, input.Seq),
            Ninmu.TaskInputKind.Result => new InputReference(InputKind.Result, input.Seq),
            _ => InputReference.None,
        };
        if (_cell is null || !TryInput(reference, out var bytes))
        {
            throw new VoxeltronException("journal_malformed", $"Entry {entry.Header.Seq} aborts a task whose cell or input the log does not show.");
        }

        return Runner().RunTask(_cell, recorded.TaskKey, ItemKey(recorded.TaskKey), recorded.Attempt, bytes, recorded.NowUs).Outcome;
    }

    private void Completed(Entry entry)
    {
        using var document = JsonDocument.Parse(entry.Body);
        var counts = _state.Machine.Counts;
        var tally = new MissionTally(
            counts.Total, counts.Completed, counts.Refused, counts.Failed, counts.Skipped, Convert.ToHexStringLower(_state.Store.Root()));
        var status = RecordedBodies.Text(document.RootElement, "status");
        Link(entry, EntryBodies.MissionCompleted(RecordedBodies.Host(entry.Header), status, tally).Body);
        _state.Complete(entry.Header.TimeUs);
    }

    /// <summary>The inputs were erased: the recorded effect, if it still stands, is applied unproven and counted.</summary>
    private void Erased(Entry entry)
    {
        _report.Erased++;
        _state.Apply(entry);
        Link(entry, entry.Body);
    }

    private void Compare(Entry entry, byte[] payload, Func<SaltedPayload, EntryDraft> build)
    {
        if (entry.Payload is null || entry.PayloadSalt is null)
        {
            // The digest of what was erased cannot be recomputed without its salt.
            _report.Erased++;
            Link(entry, entry.Body);
            return;
        }

        if (!payload.AsSpan().SequenceEqual(entry.Payload))
        {
            var (recorded, replayed) = TextDifference.Around(entry.Payload, payload);
            Diverge(entry, "payload", recorded, replayed);
            return;
        }

        Link(entry, build(new SaltedPayload(payload, entry.PayloadSalt)).Body);
    }

    /// <summary>Computes the chain value from <paramref name="body"/> and demands the recorded one.</summary>
    private void Link(Entry entry, string body)
    {
        _chain = Chain.Next(_chain, entry.Header, body);
        if (_chain.AsSpan().SequenceEqual(entry.Chain))
        {
            _report.ChainValues++;
            return;
        }

        if (body == entry.Body)
        {
            Diverge(entry, "chain", Convert.ToHexStringLower(entry.Chain), Convert.ToHexStringLower(_chain));
            return;
        }

        var (recorded, replayed) = TextDifference.Around(entry.Body, body);
        Diverge(entry, "body", recorded, replayed);
    }

    private void Count(ActionOutcome outcome, WriteSet writes)
    {
        _report.Writes += writes.Count;
        _report.Fuel += outcome.FuelUsed;
    }

    /// <summary>Fuel of another engine is not comparable; the recorded figure stands in, and the report says so.</summary>
    private long FuelOf(ActionOutcome outcome, long recorded) => _report.FuelCompared ? outcome.FuelUsed : recorded;

    private bool TryInput(InputReference input, out byte[] bytes)
    {
        bytes = [];
        return input.Kind == InputKind.None || _bytes.TryGetValue(input.Seq, out bytes!);
    }

    private CellRunner Runner() => _runner ??= new CellRunner(engine, _state);

    private CellProfile Profile(string name) => _state.Spec!.Profile(name);

    private static string? ItemKey(string taskKey)
    {
        var slash = taskKey.IndexOf('/');
        return slash < 0 ? null : taskKey[(slash + 1)..];
    }

    private void Discard()
    {
        _cell?.Dispose();
        _cell = null;
    }

    private void Diverge(Entry entry, string field, string recorded, string replayed) =>
        _report.Divergence ??= new Divergence(entry.Header.Seq, entry.Header.Kind, field, recorded, replayed);
}
