using System.Globalization;
using System.Text.Json;
using Voxeltron.Cli.Fabric;

namespace Voxeltron.Cli.Commands;

/// <summary>What people do to a mission that runs: <c>pause</c>, <c>resume</c>, <c>retry</c>, <c>topup</c>; and <c>budget</c>, what it may cost and has cost.</summary>
public static class ControlCommand
{
    public static async Task<int> ActAsync(FabricClient client, string act, Arguments arguments, TextWriter output, CancellationToken cancel)
    {
        var mission = arguments.Words[0];
        var body = act switch
        {
            "retry" => JsonSerializer.SerializeToUtf8Bytes(
                new RetryRequest(arguments.Text("--task") ?? throw new CliException("retry needs --task KEY, the failed task's key.")), ApiJson.Default.RetryRequest),
            "topup" => JsonSerializer.SerializeToUtf8Bytes(
                new TopUpRequest(Amounts(arguments.Text("--more") ?? throw new CliException("topup needs --more DIMENSION=AMOUNT, for example --more fuel=1000000000,boots=100."))), ApiJson.Default.TopUpRequest),
            _ => null,
        };
        var answer = await client.ActAsync(mission, act, body, Guid.NewGuid().ToString("N"), cancel);
        output.WriteLine(answer.Seq is { } seq
            ? $"{act}: done, seq {seq}."
            : $"{act}: durable as intent {answer.IntentId}, and not answered yet; no worker may be up. Follow it with: voxeltron events {mission}");
        return answer.Seq is null ? 1 : 0;
    }

    public static async Task<int> BudgetAsync(FabricClient client, string mission, TextWriter output, CancellationToken cancel)
    {
        var budget = await client.GetAsync($"v1/missions/{mission}/budget", ApiJson.Default.BudgetAnswer, "Reading the budget", cancel);
        if (budget.OnBudget is null)
        {
            output.WriteLine("Its spec sets no budget.");
            return 0;
        }

        output.WriteLine($"{"",-12} {"spent",20} {"held",14} {"limit",20} {"over",12}   (onBudget: {budget.OnBudget})");
        foreach (var line in budget.Dimensions)
        {
            output.WriteLine($"{line.Dimension,-12} {line.Spent,20} {line.Held,14} {line.Limit?.ToString(CultureInfo.InvariantCulture) ?? "none",20} {line.Over,12}");
        }

        return 0;
    }

    private static SortedDictionary<string, long> Amounts(string text)
    {
        var amounts = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1 || !long.TryParse(part.AsSpan(equals + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var amount) || !amounts.TryAdd(part[..equals], amount))
            {
                throw new CliException($"'{part}' is no amount: write DIMENSION=AMOUNT, each dimension once, for example fuel=1000000000.");
            }
        }

        return amounts;
    }
}
