using System.Text.Json;

namespace Voxeltron.Ninmu;

// How a mission as a whole is to be run: members of v1.
internal sealed partial class SpecParser
{
    private readonly Dictionary<string, SpecRate> _rates = new(StringComparer.Ordinal);

    private MissionBudget? Budget(JsonElement root)
    {
        var onBudget = Choice(root, "onBudget", ["pause", "drain", "kill"]);
        if (!root.TryGetProperty("budget", out var budget))
        {
            if (onBudget is not null)
            {
                _read.Refuse("onBudget", SpecCodes.Missing, "It says what happens when a budget is used up: give 'budget' too.");
            }

            return null;
        }

        if (!_read.IsObject(budget, "budget", ["limits", "soft_percent", "escrow_percent"]))
        {
            return null;
        }

        var soft = _read.Integer(budget, "budget", "soft_percent", 1, 100);
        var escrow = _read.Integer(budget, "budget", "escrow_percent", 0, 50);
        return new MissionBudget(
            BudgetLimits(budget),
            (int)(soft ?? MissionBudget.DefaultSoftPercent),
            (int)(escrow ?? MissionBudget.DefaultEscrowPercent),
            onBudget switch { "drain" => OnBudget.Drain, "kill" => OnBudget.Kill, _ => OnBudget.Pause });
    }

    private BudgetAmounts BudgetLimits(JsonElement budget)
    {
        var limits = default(BudgetAmounts);
        for (var i = 0; i < BudgetDimensions.Count; i++)
        {
            limits[i] = MissionBudget.Unlimited;
        }

        if (!budget.TryGetProperty("limits", out var given))
        {
            _read.Refuse("budget.limits", SpecCodes.Missing, $"'limits' must be given, with any of {string.Join(", ", BudgetDimensions.Words)}.");
            return limits;
        }

        if (!_read.Is(given, "budget.limits", JsonValueKind.Object, "an object"))
        {
            return limits;
        }

        foreach (var member in given.EnumerateObject())
        {
            if (!BudgetDimensions.TryParse(member.Name, out var dimension))
            {
                _read.Refuse(SpecReader.Join("budget.limits", member.Name), SpecCodes.UnknownDimension, $"A budget is kept in {string.Join(", ", BudgetDimensions.Words)}.");
                continue;
            }

            limits[dimension] = _read.Integer(given, "budget.limits", member.Name, 0, SpecLimits.MaxBudget) ?? MissionBudget.Unlimited;
        }

        return limits;
    }

    private OnFailure OnFailure(JsonElement root) => Choice(root, "onFailure", ["continue", "fail_fast", "hold"]) switch
    {
        "fail_fast" => Ninmu.OnFailure.FailFast,
        "hold" => Ninmu.OnFailure.Hold,
        _ => Ninmu.OnFailure.Continue,
    };

    private void Rates(JsonElement root)
    {
        foreach (var member in _read.Named(root, "rates", SpecLimits.Rates))
        {
            var path = SpecReader.Join("rates", member.Name);
            if (_read.IsName(member.Name, path) && _read.IsObject(member.Value, path, ["tasks", "period_ms"]))
            {
                var tasks = _read.Integer(member.Value, path, "tasks", 1, SpecLimits.MaxRateTasks, required: true) ?? 1;
                var period = _read.Integer(member.Value, path, "period_ms", 1, SpecLimits.MaxRatePeriodMs, required: true) ?? 1;
                _rates.Add(member.Name, new SpecRate(member.Name, (int)tasks, period));
            }
            else
            {
                _rates.TryAdd(member.Name, new SpecRate(member.Name, 1, 1));
            }
        }
    }

    private string? Choice(JsonElement parent, string name, string[] choices)
    {
        var word = _read.Text(parent, "", name);
        if (word is not null && !choices.Contains(word))
        {
            _read.Refuse(name, SpecCodes.UnknownChoice, $"'{word}' is not known; use {string.Join(", ", choices[..^1])} or {choices[^1]}.");
            return null;
        }

        return word;
    }
}
