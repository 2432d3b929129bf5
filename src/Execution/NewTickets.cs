using Voxeltron.Cells;
using Voxeltron.Cosmictron;

namespace Voxeltron.Execution;

/// <summary>What an action began to wait for, and what it follows no more.</summary>
/// <param name="Timers">In order of ticket.</param>
/// <param name="Subscribed">In order of ticket.</param>
/// <param name="Unsubscribed">Tickets, applied last.</param>
public readonly record struct NewTickets(IReadOnlyList<CellTimer> Timers, IReadOnlyList<CellSubscription> Subscribed, IReadOnlyList<long> Unsubscribed)
{
    public static readonly NewTickets None = new([], [], []);

    public static NewTickets Of(ActionOutcome outcome) => new(outcome.Timers, outcome.Subscribed, outcome.Unsubscribed);
}
