using Voxeltron.Cells;
using Voxeltron.Cosmictron;
using Voxeltron.Kernel;

namespace Voxeltron.Execution;

/// <summary>
/// Boots a cell and delivers one event, each in one transaction of the mission's store: committed when the handler came
/// back clean, undone otherwise. Runs in the mission's writer section.
/// </summary>
public sealed class CellRunner(CellEngine engine, MissionState state)
{
    public CellEngine Engine => engine;

    /// <summary>Handlers are cut where the mission's time for them is used up. Live alone: what was cut is in the log, and a replay has another clock.</summary>
    public bool CutsByBudget { get; init; }

    /// <summary>Instantiates and runs <c>on_start</c>, or <c>on_resume</c> on a redelivery when the module has it.</summary>
    /// <param name="clock">Started by the caller when it decided to boot; holds the stages afterwards.</param>
    public BootAttempt Boot(in BootRequest request, BootClock clock)
    {
        Cell cell;
        try
        {
            cell = request.Ready is { } ready
                ? Cell.Boot(ready, request.Cell, clock)
                : Cell.Boot(engine, request.Module, request.Cell, request.Profile, clock, isSuccessor: request.Replaces is not null, request.Place);
        }
        catch (CellBootException refused)
        {
            var stillborn = ActionOutcome.Abort(refused.FaultCode, refused.Message);
            return new BootAttempt(null, stillborn, WriteSet.Empty);
        }

        var kind = request.Resume ? CellEventKind.Resume : CellEventKind.Start;
        var envelope = Envelopes.Start(request.Resume ? "resume" : "start", request.Cell, state.Mission, request.NowUs, request.Replaces);
        var seed = new DeliverySeed(state, kind, request.TaskKey, request.Attempt, request.ReloadSeq);
        var (outcome, writes) = Deliver(cell, request.TaskKey, new CellEvent(
            kind, envelope, ReadOnlyMemory<byte>.Empty, request.NowUs, seed, Fuel: request.Profile.Fuel(request.IsLong || request.Replaces is not null)), request.Replaces is not null);
        if (outcome.Status == ActionStatus.Aborted)
        {
            cell.Dispose();
            return new BootAttempt(null, outcome, WriteSet.Empty);
        }

        return new BootAttempt(cell, outcome, writes);
    }

    public (ActionOutcome Outcome, WriteSet Writes) RunTask(CellDelivery to, ReadOnlyMemory<byte> input, long nowUs)
    {
        var envelope = Envelopes.Task(to.Cell.Id, state.Mission, to.TaskKey, to.ItemKey, to.Attempt, nowUs);
        var seed = new DeliverySeed(state, CellEventKind.Task, to.TaskKey, to.Attempt);
        return Deliver(to.Cell, to.TaskKey, new CellEvent(CellEventKind.Task, envelope, input, nowUs, seed, new TicketState(state.Machine.TicketsBefore(to.TaskKey), 0), to.Fuel));
    }

    // Hot path: per action of a waiting task.
    public (ActionOutcome Outcome, WriteSet Writes) RunTimer(CellDelivery to, OpenTimer timer, long nowUs)
    {
        var envelope = to.TimerEnvelope(timer, nowUs);
        var seed = new DeliverySeed(state, CellEventKind.Timer, to.TaskKey, to.Attempt, timer.Ticket);
        return Deliver(to.Cell, to.TaskKey, new CellEvent(CellEventKind.Timer, envelope, ReadOnlyMemory<byte>.Empty, nowUs, seed, state.TicketsDuring(timer.TaskKey), to.Fuel));
    }

    /// <summary>Tells a cell what changed of a view its task follows.</summary>
    // Hot path: per delivery.
    public (ActionOutcome Outcome, WriteSet Writes) RunDelta(CellDelivery to, ViewDelivery delta, long nowUs)
    {
        var envelope = to.DeltaEnvelope(DeliveredEvent.Of(delta), nowUs);
        var seed = new DeliverySeed(state, CellEventKind.Delta, to.TaskKey, to.Attempt, delta.Cursor.Ticket, delta.To);
        return Deliver(to.Cell, to.TaskKey, new CellEvent(
            CellEventKind.Delta, envelope, ReadOnlyMemory<byte>.Empty, nowUs, seed, state.TicketsOf(to.TaskKey), to.Fuel, Delta: delta));
    }

    /// <summary>Gives a cell the answer to what its task asked for.</summary>
    /// <param name="reply">Null where there is none: the request says why.</param>
    public (ActionOutcome Outcome, WriteSet Writes) RunReply(CellDelivery to, OpenRequest answered, IReply? reply, long nowUs)
    {
        var envelope = Envelopes.Reply(to.Cell.Id, state.Mission, to.TaskKey, to.ItemKey, to.Attempt, answered, reply, nowUs);
        var seed = new DeliverySeed(state, CellEventKind.Reply, to.TaskKey, to.Attempt, answered.Ticket);
        return Deliver(to.Cell, to.TaskKey, new CellEvent(CellEventKind.Reply, envelope, reply?.Body ?? [], nowUs, seed, state.TicketsDuring(to.TaskKey), to.Fuel));
    }

    /// <summary>Tells a cell what people said to what its task asked them.</summary>
    public (ActionOutcome Outcome, WriteSet Writes) RunGate(CellDelivery to, OpenRequest answered, Ninmu.Gate gate, long nowUs)
    {
        if (gate.Status == Ninmu.GateStatus.Approved && state.ChangeSince(gate) is { } change)
        {
            // Between the last approval and this moment: what was approved is not what would be done.
            gate = gate with { Status = Ninmu.GateStatus.Voided, Code = change };
        }

        var envelope = Envelopes.Gate(to.Cell.Id, state.Mission, to.TaskKey, to.ItemKey, to.Attempt, answered, gate, nowUs);
        var seed = new DeliverySeed(state, CellEventKind.Reply, to.TaskKey, to.Attempt, answered.Ticket);
        return Deliver(to.Cell, to.TaskKey, new CellEvent(CellEventKind.Reply, envelope, ReadOnlyMemory<byte>.Empty, nowUs, seed, state.TicketsDuring(to.TaskKey), to.Fuel));
    }

    /// <param name="isSuccessor">It takes over in a reload: that is paid from what is kept back, and never cut.</param>
    private (ActionOutcome Outcome, WriteSet Writes) Deliver(Cell cell, string taskKey, in CellEvent delivery, bool isSuccessor = false)
    {
        var views = state.Store.Views;
        views.Load();
        var transaction = state.Store.Begin(taskKey);
        var outcome = cell.Deliver(
            delivery with
            {
                Following = views.Cursors.Of(taskKey),
                Fault = state.Armed(taskKey, cell.Id),
                Egress = state.EgressOf(cell.Profile),
                Gates = state.GateNames,
                Models = state.ModelsOf(cell.Profile),
                IsMetered = state.IsMetered,
                MostMs = CutsByBudget && !isSuccessor ? state.Machine.CellMsLeft(taskKey) : null,
            },
            transaction);
        if (outcome.Status == ActionStatus.Aborted)
        {
            transaction.Abort();
            return (outcome, WriteSet.Empty);
        }

        // A refusal of the cell keeps its writes: the cell judged, and what it noted on the way is part of the judgement.
        return transaction.TryCommit(out var writes) is { } refusal
            ? (ActionOutcome.Abort(refusal.Code, refusal.Message) with { FuelUsed = outcome.FuelUsed, CellUs = outcome.CellUs, ByView = refusal.View }, WriteSet.Empty)
            : (outcome, writes);
    }
}

/// <summary>What to boot, for which task attempt, and the time the cell will see.</summary>
/// <param name="Replaces">The version of the cell it takes over from, which is well. It has the whole fuel of an action to resume: there is no attempt that could be given again as a long one.</param>
/// <param name="Ready">An instance of that module and profile to take; null: one is made.</param>
/// <param name="Place">A slot that was taken for it; null: one is taken.</param>
/// <param name="ReloadSeq">With <paramref name="Replaces"/>: the entry the boot becomes.</param>
public readonly record struct BootRequest(
    CellModule Module, CellId Cell, CellProfile Profile, string TaskKey, int Attempt, bool Resume, long NowUs, bool IsLong = false,
    ModuleDigest? Replaces = null, long ReloadSeq = 0, ReadyInstance? Ready = null, CellPlace? Place = null);

/// <param name="Cell">Ready, and the caller's to dispose; null when the boot failed.</param>
/// <param name="Outcome">What <c>on_start</c> came to.</param>
public sealed record BootAttempt(Cell? Cell, ActionOutcome Outcome, WriteSet Writes);
