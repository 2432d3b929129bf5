using System.Text.Json;
using Voxeltron.Cells;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Ultra;

namespace Voxeltron.Replay;

// Reloads: each swap is executed again, and that it was one the reload asked for is demanded; so is what the host says of the whole.
public sealed partial class MissionReplay
{
    // Swaps since the reload began, or failed; null where that stands before the snapshot this replay began from.
    private int? _swapped;

    // The code of the swap that failed last, while the reload still went forward.
    private string? _failedSwap;

    /// <summary>Cells that a reload ended and that are older than the snapshot this replay began from: they may only stop.</summary>
    private readonly HashSet<CellId> _olderEnded = [];

    private void ReloadBegan(Entry entry)
    {
        using var document = JsonDocument.Parse(entry.Body.Utf8);
        var body = document.RootElement;
        var running = _state.Machine.Running(new ModuleDigest(RecordedBodies.Text(body, "declared")));
        _state.Apply(entry);
        (_swapped, _failedSwap) = (0, null);
        Link(entry, EntryBodies.ModuleReloadBegan(RecordedBodies.Host(entry.Header), _state.Machine.Modules.Reload!, running).Body);
    }

    private void ReloadFailed(Entry entry)
    {
        var reload = _state.Machine.Modules.Reload ?? throw new InvariantException("No reload goes on that could fail.");
        // Nobody runs when an owner gives up what its predecessor left.
        var code = _failedSwap ?? (_state.Machine.Running(reload.Declared) == 0 ? "host_lost" : LacksBudget() ? AbortCodes.BudgetExhausted : "nothing failed");
        _state.Apply(entry);
        _swapped = 0;
        Link(entry, EntryBodies.ModuleReloadFailed(RecordedBodies.Host(entry.Header), reload, code).Body);
    }

    /// <summary>Some cell that is still to be replaced could not be paid for.</summary>
    private bool LacksBudget() => _cells.Values.Any(live => live.Ended is null && _state.Machine.IsToBeReplaced(live.TaskKey) && !_state.Machine.MayReplace(live.TaskKey));

    private void ReloadEnded(Entry entry)
    {
        var reload = _state.Machine.Modules.Reload ?? throw new InvariantException("No reload goes on that could end.");
        using var document = JsonDocument.Parse(entry.Body.Utf8);
        var cells = _swapped ?? document.RootElement.GetProperty("cells").GetInt32();
        _state.Apply(entry);
        var host = RecordedBodies.Host(entry.Header);
        Link(entry, (reload.FailedBy is null ? EntryBodies.ModuleReloaded(host, reload, cells) : EntryBodies.ModuleRestored(host, reload, cells)).Body);
    }

    /// <summary>A task that waits went on in a cell of another version.</summary>
    private void Replaced(Entry entry, in BootRecord recorded)
    {
        if (!IsSuccessor(entry, recorded.TaskKey, recorded.Attempt, recorded.Module, out var task)
            || !Same(entry, "profile", recorded.Profile, task.Profile.Name)
            || !CanBoot(entry, recorded.Module)
            || TryBoot(entry, recorded, BootSuccessor(entry, task, recorded.Cell, recorded.Module, recorded.NowUs), task) is not { } boot)
        {
            return;
        }

        EndReplaced(task.Cell!.Value, BootReasons.Reload);
        _swapped++;
        _state.Replaced(recorded.TaskKey, recorded.Attempt, recorded.Cell, recorded.Module, entry.Header.Seq, entry.Header.TimeUs);
        CompareBoot(entry, recorded, boot);
    }

    /// <summary>A cell that was to replace another could not begin.</summary>
    private void ReplaceFailed(Entry entry, in AbortRecord recorded)
    {
        if (!IsSuccessor(entry, recorded.TaskKey, recorded.Attempt, recorded.Module, out var task))
        {
            return;
        }

        if (!CanRepeat(recorded.Code))
        {
            _report.NotRepeatable++;
            Link(entry, entry.Body);
        }
        else if (CanBoot(entry, recorded.Module))
        {
            _report.FuelCompared &= recorded.Fingerprint == engine.Fingerprint;
            var boot = BootSuccessor(entry, task, recorded.Cell, recorded.Module, recorded.NowUs);
            boot.Cell?.Dispose();
            if (boot.Cell is not null)
            {
                Diverge(entry, "outcome", "aborted: " + recorded.Code, "ready");
                return;
            }

            RequireMeaning(entry, boot.Outcome);
            _report.Aborts++;
            var replayed = recorded with { Code = boot.Outcome.Code!, Fuel = FuelOf(boot.Outcome, recorded.Fuel), ByView = boot.Outcome.ByView };
            Link(entry, EntryBodies.Aborted(entry.Header.Kind, RecordedBodies.Host(entry.Header), replayed).Body);
        }

        if (_report.Clean && _report.ErasedFrom is null)
        {
            _failedSwap = recorded.Code;
            if (_state.Machine.Modules.Reload!.FailedBy is not null)
            {
                EndReplaced(task.Cell!.Value, "aborted");
            }

            _state.Apply(entry);
        }
    }

    /// <summary>The task waits in a cell that the reload which goes on replaces, by this module.</summary>
    private bool IsSuccessor(Entry entry, string taskKey, int attempt, ModuleDigest module, out TaskSnapshot task)
    {
        task = _state.Machine.Task(taskKey);
        return Same(entry, "task", "to be replaced", _state.Machine.IsToBeReplaced(taskKey) ? "to be replaced" : $"{task.Status}, in a cell of module {task.Module}")
            && Same(entry, "attempt", Text(attempt), Text(task.Attempt))
            && Same(entry, "module", module.Value, _state.Machine.Modules.Reload!.Target.Value);
    }

    private BootAttempt BootSuccessor(Entry entry, TaskSnapshot task, CellId cell, ModuleDigest module, long nowUs) => Runner().Boot(
        new BootRequest(modules.Get(module), cell, task.Profile, task.TaskKey, task.Attempt, Resume: true, nowUs, task.IsLong, task.Module, entry.Header.Seq), new BootClock(clock));

    /// <summary>The cell may only stop now.</summary>
    private void EndReplaced(CellId cell, string reason)
    {
        if (_cells.TryGetValue(cell, out var live))
        {
            live.Ended = reason;
        }
        else if (_older.Remove(cell))
        {
            _olderEnded.Add(cell);
        }
    }

    /// <summary>Of an entry that is taken from the record: a cell of ours that it replaces, or ends.</summary>
    private void NoteReplaced(Entry entry)
    {
        if (entry.Header.Kind is not (EntryKinds.CellBooted or EntryKinds.CellBootFailed))
        {
            return;
        }

        using var document = JsonDocument.Parse(entry.Body.Utf8);
        var body = document.RootElement;
        var isSwap = entry.Header.Kind == EntryKinds.CellBooted && RecordedBodies.Text(body, "reason") == BootReasons.Reload;
        var isLoss = entry.Header.Kind == EntryKinds.CellBootFailed && body.TryGetProperty("reload", out _) && _state.Machine.Modules.Reload?.FailedBy is not null;
        if ((isSwap || isLoss) && _state.Machine.Task(RecordedBodies.Text(body, "task")).Cell is { } before)
        {
            EndReplaced(before, isSwap ? BootReasons.Reload : "aborted");
        }

        if (isSwap)
        {
            _swapped++;
        }
        else if (entry.Header.Kind == EntryKinds.CellBootFailed && body.TryGetProperty("reload", out _))
        {
            _failedSwap = RecordedBodies.Text(body, "code");
        }
    }
}
