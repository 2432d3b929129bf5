using Voxeltron.Cells;
using Voxeltron.Cosmictron;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;

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
/// <param name="Sends">Bytes of its body; of a model call, tokens as they are estimated.</param>
/// <param name="Takes">Most bytes, or tokens, of the answer, and what redirects may have sent again.</param>
public readonly record struct BegunRequest(long Ticket, string Tag, bool IsModel = false, long Sends = 0, long Takes = 0)
{
    /// <summary>What it takes of a budget at worst. Nothing of a gate.</summary>
    public BudgetAmounts Need => IsModel
        ? BudgetAmounts.Of(BudgetDimension.TokensIn, Sends) + BudgetAmounts.Of(BudgetDimension.TokensOut, Takes)
        : BudgetAmounts.Of(BudgetDimension.EgressBytes, Sends + Takes);

    /// <summary>What of it is spent as soon as it leaves.</summary>
    public BudgetAmounts Sent => IsModel ? default : BudgetAmounts.Of(BudgetDimension.EgressBytes, Sends);

    // Hot path: per action, nearly always of none.
    public static IReadOnlyList<BegunRequest> Of(ActionOutcome outcome) =>
        outcome.Requests.Count + outcome.ModelCalls.Count + outcome.Gates.Count == 0 ? []
        : [.. outcome.Requests.Select(static request => new BegunRequest(request.Ticket, request.Tag, Sends: request.Body.Length, Takes: request.ResponseBytes + ((long)request.Body.Length * request.Redirects)))
            .Concat(outcome.ModelCalls.Select(static call => new BegunRequest(call.Ticket, call.Tag, IsModel: true, ModelTokens.Estimate(call.Request.Length), call.MaxTokens)))
            .Concat(outcome.Gates.Select(static gate => new BegunRequest(gate.Ticket, gate.Tag)))
            .OrderBy(static begun => begun.Ticket)];
}
