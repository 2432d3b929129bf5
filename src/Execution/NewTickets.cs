using Voxeltron.Cells;
using Voxeltron.Cosmictron;

namespace Voxeltron.Execution;

/// <summary>What an action began to wait for, and what it follows no more.</summary>
/// <param name="Timers">In order of ticket.</param>
/// <param name="Subscribed">In order of ticket.</param>
/// <param name="Unsubscribed">Tickets, applied last.</param>
/// <param name="Requests">And model calls and gates, in order of ticket.</param>
public readonly record struct NewTickets(IReadOnlyList<CellTimer> Timers, IReadOnlyList<CellSubscription> Subscribed, IReadOnlyList<long> Unsubscribed, IReadOnlyList<BegunRequest> Requests)
{
    public static readonly NewTickets None = new([], [], [], []);

    public static NewTickets Of(ActionOutcome outcome) => new(outcome.Timers, outcome.Subscribed, outcome.Unsubscribed, BegunRequest.Of(outcome));
}

/// <summary>A request, a model call or a gate, as the fold of its action takes it.</summary>
/// <param name="IsModel">A model was asked.</param>
public readonly record struct BegunRequest(long Ticket, string Tag, bool IsModel = false)
{
    // Hot path: per action, nearly always of none.
    public static IReadOnlyList<BegunRequest> Of(ActionOutcome outcome) =>
        outcome.Requests.Count + outcome.ModelCalls.Count + outcome.Gates.Count == 0 ? []
        : [.. outcome.Requests.Select(static request => new BegunRequest(request.Ticket, request.Tag))
            .Concat(outcome.ModelCalls.Select(static call => new BegunRequest(call.Ticket, call.Tag, IsModel: true)))
            .Concat(outcome.Gates.Select(static gate => new BegunRequest(gate.Ticket, gate.Tag)))
            .OrderBy(static begun => begun.Ticket)];
}
