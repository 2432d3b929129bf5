using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Ultra;

namespace Voxeltron.Execution;

// What a mission's budget makes a host say, and its deadline.
public static partial class EntryBodies
{
    public static EntryDraft BudgetWarned(HostId host, BudgetLedger budget, BudgetDimension dimension)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        json.Name("dimension").String(dimension.Word());
        json.Name("held").Integer(budget.Held(dimension));
        json.Name("limit").Integer(budget.Limit(dimension));
        json.Name("soft_percent").Integer(budget.SoftPercent);
        json.Name("spent").Integer(budget.Spent(dimension));
        return Close(json, EntryKinds.BudgetWarned, Actors.Host(host), null);
    }

    /// <param name="need">What would come next takes this, and does not fit.</param>
    public static EntryDraft BudgetExhausted(HostId host, BudgetLedger budget, BudgetDimension dimension, in BudgetAmounts need)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        json.Name("dimension").String(dimension.Word());
        json.Name("escrow").Integer(budget.Escrow(dimension));
        json.Name("held").Integer(budget.Held(dimension));
        json.Name("limit").Integer(budget.Limit(dimension));
        json.Name("need");
        WriteAmounts(json, need);
        json.Name("on_budget").String(budget.OnBudget.Word());
        json.Name("over").Integer(budget.Over(dimension));
        json.Name("spent").Integer(budget.Spent(dimension));
        return Close(json, EntryKinds.BudgetExhausted, Actors.Host(host), null);
    }

    /// <summary>Memory kept warm since the last such entry, by this host's clock.</summary>
    public static EntryDraft BudgetMetered(HostId host, long warmMibMs)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        json.Name("v").Integer(Version);
        json.Name("warm_mib_ms").Integer(warmMibMs);
        return Finish(json, EntryKinds.BudgetMetered, Actors.Host(host), null);
    }

    public static EntryDraft MissionExpired(HostId host)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        return Close(json, EntryKinds.MissionExpired, Actors.Host(host), null);
    }

    private static void WriteAmounts(JcsWriter json, in BudgetAmounts amounts)
    {
        json.BeginObject();
        foreach (var word in BudgetDimensions.Words.Order(StringComparer.Ordinal))
        {
            if (BudgetDimensions.TryParse(word, out var dimension) && amounts[dimension] != 0)
            {
                json.Name(word).Integer(amounts[dimension]);
            }
        }

        json.EndObject();
    }
}
