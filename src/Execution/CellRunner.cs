using Voxeltron.Cells;
using Voxeltron.Cosmictron;
using Voxeltron.Kernel;

namespace Voxeltron.Execution;

/// <summary>
/// Boots a cell and delivers one event, each in one transaction of the mission's store: committed when the handler came
/// back clean, undone otherwise. Runs in the mission's writer section.
/// </summary>
public sealed class CellRunner(CellEngine engine, MissionState state, TimeProvider clock)
{
    public CellEngine Engine => engine;

    /// <summary>Instantiates and runs <c>on_start</c>, or <c>on_resume</c> on a redelivery when the module has it.</summary>
    public BootAttempt Boot(in BootRequest request)
    {
        var began = clock.GetTimestamp();
        Cell cell;
        try
        {
            cell = Cell.Boot(engine, request.Module, request.Cell, request.Profile);
        }
        catch (CellCapacityException full)
        {
            return new BootAttempt(null, Stillborn(full.FaultCode), WriteSet.Empty, 0, 0);
        }

        var instantiated = clock.GetTimestamp();
        var kind = request.Resume && request.Module.Exports(CellEventKind.Resume) ? CellEventKind.Resume : CellEventKind.Start;
        var envelope = Envelopes.Start(kind == CellEventKind.Resume ? "resume" : "start", request.Cell, state.Mission, request.NowUs);
        var seed = DeliveryId.Seed(state.Secret, state.Epoch, DeliveryId.Boot(request.TaskKey, request.Attempt));
        var (outcome, writes) = Deliver(cell, new CellEvent(kind, envelope, ReadOnlyMemory<byte>.Empty, request.NowUs, seed));
        var instantiateUs = Us(clock.GetElapsedTime(began, instantiated));
        var startUs = Us(clock.GetElapsedTime(instantiated));
        if (outcome.Status == ActionStatus.Aborted)
        {
            cell.Dispose();
            return new BootAttempt(null, outcome, WriteSet.Empty, instantiateUs, startUs);
        }

        return new BootAttempt(cell, outcome, writes, instantiateUs, startUs);
    }

    public (ActionOutcome Outcome, WriteSet Writes) RunTask(
        Cell cell, CellId id, string taskKey, string? itemKey, int attempt, ReadOnlyMemory<byte> input, long nowUs)
    {
        var envelope = Envelopes.Task(id, state.Mission, taskKey, itemKey, attempt, nowUs);
        var seed = DeliveryId.Seed(state.Secret, state.Epoch, DeliveryId.Task(taskKey, attempt));
        return Deliver(cell, new CellEvent(CellEventKind.Task, envelope, input, nowUs, seed));
    }

    private (ActionOutcome Outcome, WriteSet Writes) Deliver(Cell cell, in CellEvent delivery)
    {
        var transaction = state.Store.Begin();
        var outcome = cell.Deliver(delivery, transaction);
        // A refusal keeps its writes: the cell judged, and what it noted on the way is part of the judgement.
        if (outcome.Status != ActionStatus.Aborted)
        {
            return (outcome, transaction.Commit());
        }

        transaction.Abort();
        return (outcome, WriteSet.Empty);
    }

    private static ActionOutcome Stillborn(string code) =>
        new(ActionStatus.Aborted, code, null, [], 0, 0, [], []);

    private static long Us(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;
}

/// <summary>What to boot, for which task attempt, and the time the cell will see.</summary>
public readonly record struct BootRequest(
    CellModule Module, CellId Cell, CellProfile Profile, string TaskKey, int Attempt, bool Resume, long NowUs);

/// <param name="Cell">Ready, and the caller's to dispose; null when the boot failed.</param>
/// <param name="Outcome">What <c>on_start</c> came to.</param>
public sealed record BootAttempt(Cell? Cell, ActionOutcome Outcome, WriteSet Writes, long InstantiateUs, long StartUs);
