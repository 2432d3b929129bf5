using Voxeltron.Cosmictron;
using Voxeltron.Kernel;

namespace Voxeltron.Cells;

public enum CellEventKind
{
    /// <summary>First event of a cell: <c>on_start</c>.</summary>
    Start,

    /// <summary>One task: <c>on_task</c>.</summary>
    Task,

    /// <summary>First event of a cell that replaces a lost one: <c>on_resume</c>, or <c>on_start</c> where a module has none.</summary>
    Resume,

    /// <summary>A timer the task began ran out: <c>on_timer</c>.</summary>
    Timer,

    /// <summary>A view the task follows has changed: <c>on_delta</c>.</summary>
    Delta,

    /// <summary>What the task asked for has been answered, or could not be: <c>on_reply</c>.</summary>
    Reply,
}

/// <summary>One event for one cell. Everything a handler can see of the world outside its tables is in here, so it replays.</summary>
/// <param name="Kind">Which export runs.</param>
/// <param name="EnvelopeJson">UTF-8 JSON, docs/abi.md.</param>
/// <param name="Input">Any bytes: a task's input, or the body of a reply.</param>
/// <param name="NowUs">What <c>now</c> answers during the event. Unix microseconds.</param>
/// <param name="RandomSeed">32 bytes; only read when the guest asks for randomness.</param>
/// <param name="Tickets">What the task waits for before this event, so that its next ticket has the same number on replay.</param>
/// <param name="Following">What the task follows of views before this event; null is nothing.</param>
/// <param name="Delta">What is told; only <see cref="CellEventKind.Delta"/> has it.</param>
/// <param name="Fault">Injected: instead of the module's handler the fault's own code runs, in this cell's place and with all the fuel of its profile.</param>
/// <param name="Egress">What the cell's profile may reach; null: nothing.</param>
/// <param name="Models">What the cell's profile may ask models for; null where its spec could not say.</param>
/// <param name="IsMetered">How long its handler ran is wanted.</param>
/// <param name="MostMs">Milliseconds its handler may run before it is cut (<see cref="AbortCodes.BudgetExhausted"/>), give or take an epoch period; null: as long as the watchdog lets any.</param>
/// <param name="Gates">The gates the mission declares; null: none.</param>
/// <param name="Fuel">What the event may burn; null: all its profile allows. Less than that, using it up is <see cref="AbortCodes.FuelSlice"/>.</param>
public readonly record struct CellEvent(
    CellEventKind Kind, ReadOnlyMemory<byte> EnvelopeJson, ReadOnlyMemory<byte> Input, long NowUs, ISeedSource RandomSeed, TicketState Tickets = default, long? Fuel = null,
    IReadOnlyList<ViewCursor>? Following = null, ViewDelivery? Delta = null, InjectedFault? Fault = null, EgressProfile? Egress = null,
    bool IsMetered = false, long? MostMs = null, IReadOnlySet<string>? Gates = null, ModelGrant? Models = null);

/// <summary>Gives an event's random seed when the guest first asks for randomness: most never do, and an HMAC costs more than a state call.</summary>
public interface ISeedSource
{
    /// <returns>32 bytes, the same each time.</returns>
    byte[] Seed();
}

/// <param name="Last">The highest ticket the task was ever given; 0 when none.</param>
/// <param name="Open">Timers that did not run out yet and requests that are not answered, the event's own not counted.</param>
public readonly record struct TicketState(long Last, int Open);
