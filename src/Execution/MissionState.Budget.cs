using System.Text.Json;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Ultra;

namespace Voxeltron.Execution;

// What a mission costs and may cost, and what people do about its going on.
public sealed partial class MissionState
{
    /// <summary>Events are charged to a budget: then their entries say how long their handlers ran.</summary>
    public bool IsMetered => _machine?.Budget is not null;

    /// <summary>The budget, the deadline, a pause or a second try has something to remember: then <see cref="Write"/> writes that too.</summary>
    public bool HasControl => Machine.HasControl;

    /// <summary>What an event cost, before what it came to. Nothing where the mission has no budget.</summary>
    /// <param name="cellUs">As its entry says; null where that does not say so.</param>
    // Hot path: per action.
    public void Charge(string taskKey, long fuel, long? cellUs, bool isBoot, long timeUs)
    {
        if (!IsMetered)
        {
            return;
        }

        Machine.Apply(new MissionFact.EventCharged(
            taskKey, fuel, cellUs ?? throw new InvariantException($"An event of task '{taskKey}' does not say how long it took, and its mission has a budget."), isBoot, timeUs));
    }

    /// <returns>Why not, or null: the same answer live and at recovery.</returns>
    public string? Pause(bool pause, long timeUs)
    {
        if (_machine is null || Finished)
        {
            return MissionFinished;
        }

        _machine.Apply(pause ? new MissionFact.PauseRequested(timeUs) : new MissionFact.ResumeRequested(timeUs));
        return null;
    }

    /// <returns>As <see cref="Pause"/>.</returns>
    public string? TopUp(JsonElement body, long timeUs)
    {
        if (_machine is null || Finished)
        {
            return MissionFinished;
        }

        if (!TryReadAmounts(body, "more", out var more))
        {
            return "bad_topup";
        }

        var refusal = _machine.AdmitTopUp(more);
        if (refusal is null)
        {
            _machine.Apply(new MissionFact.BudgetToppedUp(more, timeUs));
        }

        return refusal;
    }

    /// <returns>As <see cref="Pause"/>.</returns>
    public string? TryAgain(string taskKey, long seq, long timeUs)
    {
        if (_machine is null || Finished)
        {
            return MissionFinished;
        }

        var refusal = _machine.AdmitRetry(taskKey);
        if (refusal is null)
        {
            _machine.Apply(new MissionFact.TaskRetryRequested(taskKey, seq, timeUs));
        }

        return refusal;
    }

    /// <summary>What an answer, or that there is none, costs: of an answered request its bytes both ways, of one that may have left the worst; of a model
    /// call its tokens, and for each provider that was asked and did not answer the worst. Before <see cref="Replied"/> and <see cref="RequestFailed"/>.</summary>
    public void Settle(Entry entry)
    {
        if (!IsMetered)
        {
            return;
        }

        using var document = JsonDocument.Parse(entry.Body.Utf8);
        var body = document.RootElement;
        var (kind, task) = (entry.Header.Kind, Text(body, "task"));
        long[] tickets = body.TryGetProperty("tickets", out var many) ? [.. many.EnumerateArray().Select(static one => one.GetInt64())] : [body.GetProperty("ticket").GetInt64()];
        foreach (var ticket in tickets)
        {
            var (held, sent) = Machine.HeldFor(task, ticket);
            var actual = kind switch
            {
                EntryKinds.HttpReplied => BudgetAmounts.Of(
                    BudgetDimension.EgressBytes, (sent[BudgetDimension.EgressBytes] * (1 + body.GetProperty("redirects").GetInt64())) + body.GetProperty("bytes").GetInt64()),
                EntryKinds.HttpFailed or EntryKinds.EgressRefused => RequestCodes.MayHaveLeft(Text(body, "code")) ? held : default,
                EntryKinds.ModelReplied => held * Sent(body) + BudgetAmounts.Of(BudgetDimension.TokensIn, body.GetProperty("tokens_in").GetInt64())
                    + BudgetAmounts.Of(BudgetDimension.TokensOut, body.GetProperty("tokens_out").GetInt64()),
                _ => held * Sent(body),
            };
            Machine.Apply(new MissionFact.RequestEnded(task, ticket, actual, entry.Header.TimeUs));
        }
    }

    /// <summary>Providers that were asked and did not answer: each may have counted the worst.</summary>
    private static int Sent(JsonElement body) =>
        body.TryGetProperty("tried", out var tried) ? tried.EnumerateArray().Count(static one => one.TryGetProperty("sent_us", out _)) : 0;

    /// <summary>A soft limit was said to be passed.</summary>
    public void Warned(BudgetDimension dimension, long timeUs) => Machine.Apply(new MissionFact.BudgetWarned(dimension, timeUs));

    /// <summary>What would come next was said not to fit.</summary>
    public void Exhausted(BudgetDimension dimension, in BudgetAmounts need, long timeUs) => Fold(new MissionFact.BudgetExhausted(dimension, need, timeUs));

    public void Metered(long warmMibMs, long timeUs) => Machine.Apply(new MissionFact.WarmCharged(warmMibMs, timeUs));

    /// <summary>The deadline of the mission was said to have passed.</summary>
    public void Expired(long timeUs) => Fold(new MissionFact.MissionExpired(timeUs));

    /// <summary>Amounts by the words of their dimensions.</summary>
    public static bool TryReadAmounts(JsonElement body, string name, out BudgetAmounts amounts)
    {
        amounts = default;
        if (!body.TryGetProperty(name, out var members) || members.ValueKind != JsonValueKind.Object)
        {
            return false;
        }

        foreach (var member in members.EnumerateObject())
        {
            if (!BudgetDimensions.TryParse(member.Name, out var dimension) || member.Value.ValueKind != JsonValueKind.Number || !member.Value.TryGetInt64(out var amount))
            {
                return false;
            }

            amounts[dimension] = amount;
        }

        return true;
    }

    private const string MissionFinished = "mission_finished";

    private static long? CellUs(JsonElement body) => body.TryGetProperty("cell_us", out var us) ? us.GetInt64() : null;

    private static BudgetDimension Dimension(JsonElement body) => BudgetDimensions.TryParse(Text(body, "dimension"), out var dimension)
        ? dimension
        : throw new InvariantException($"No budget has a dimension '{Text(body, "dimension")}'.");
}
