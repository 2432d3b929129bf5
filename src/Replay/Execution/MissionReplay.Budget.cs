using System.Text.Json;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Ultra;

namespace Voxeltron.Replay;

// A budget and a deadline: a host can neither leave out what it must stop for, nor stop for what is not so. What was spent is computed
// from the entries; that an attempt or an event was paid for, the machine demands of each.
public sealed partial class MissionReplay
{
    private void Stopping(Entry entry)
    {
        using var document = JsonDocument.Parse(entry.Body.Utf8);
        var body = document.RootElement;
        var host = RecordedBodies.Host(entry.Header);
        var draft = entry.Header.Kind == EntryKinds.MissionExpired
            ? EntryBodies.MissionExpired(host)
            : OfBudget(host, entry.Header.Kind, body, _state.Machine.Budget ?? throw new InvariantException("The mission has no budget."));
        _state.Apply(entry);
        if (_state.Machine.StopCode is { } stopped)
        {
            End(static _ => true, stopped);
        }

        Link(entry, draft.Body);
    }

    private static EntryDraft OfBudget(HostId host, string kind, JsonElement body, BudgetLedger budget)
    {
        if (!BudgetDimensions.TryParse(RecordedBodies.Text(body, "dimension"), out var dimension))
        {
            throw new FormatException("The body names no dimension of a budget.");
        }

        if (kind == EntryKinds.BudgetWarned)
        {
            return EntryBodies.BudgetWarned(host, budget, dimension);
        }

        return MissionState.TryReadAmounts(body, "need", out var need)
            ? EntryBodies.BudgetExhausted(host, budget, dimension, need)
            : throw new FormatException("The body names no need.");
    }
}
