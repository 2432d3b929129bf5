using System.Text.Json;
using Voxeltron.Cli.Fabric;

namespace Voxeltron.Cli.Demo;

/// <summary>Reads from the API what became of each item: the decision's result, or the refusal that ended its path.</summary>
public sealed class VerdictReader(FabricClient client, string mission)
{
    private const int Readers = 8;

    /// <summary>One verdict an item, in the items' order; <paramref name="edge"/> holds what the API itself refused, with the code.</summary>
    public async Task<IReadOnlyList<Verdict>> ReadAsync(IReadOnlyList<DemoItem> items, IReadOnlyDictionary<string, string> edge, CancellationToken cancel)
    {
        var byItem = new Dictionary<string, List<TaskAnswer>>(StringComparer.Ordinal);
        await foreach (var task in client.TasksAsync(mission, cancel))
        {
            if (task.ItemKey is { } key)
            {
                if (!byItem.TryGetValue(key, out var list))
                {
                    byItem[key] = list = [];
                }

                list.Add(task);
            }
        }

        var verdicts = new Verdict[items.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = Readers, CancellationToken = cancel };
        await Parallel.ForAsync(0, items.Count, options, async (i, token) =>
        {
            verdicts[i] = edge.TryGetValue(items[i].Key, out var code)
                ? new Verdict(items[i], "refused", false, [new VerdictReason(code, 0, "at the edge")])
                : await OneAsync(items[i], byItem.GetValueOrDefault(items[i].Key) ?? [], token);
        });
        return verdicts;
    }

    private async Task<Verdict> OneAsync(DemoItem item, List<TaskAnswer> tasks, CancellationToken cancel)
    {
        if (tasks.Find(t => t.TaskId == "decide" && t.Status == "completed") is { } decide)
        {
            return Decision(item, await client.ResultAsync(mission, decide.TaskKey, cancel));
        }

        if (tasks.Find(t => t.Status == "refused") is { } refused)
        {
            // A refusal that does not say why settles nothing.
            return string.IsNullOrEmpty(refused.OutcomeCode)
                ? new Verdict(item, "failed", false, [new VerdictReason("refused_without_code", 0, refused.TaskId)])
                : new Verdict(item, "refused", false, [new VerdictReason(refused.OutcomeCode, 0, await MessageAsync(refused, cancel))]);
        }

        var failed = tasks.Find(t => t.Status == "failed");
        var why = failed is null ? new VerdictReason("not_settled", 0, string.Join(", ", tasks.Select(t => $"{t.TaskId} {t.Status}"))) : new VerdictReason(failed.OutcomeCode ?? "failed", 0, failed.TaskId);
        return new Verdict(item, "failed", false, [why]);
    }

    // The message of a refusal is part of the problem the results address answers with.
    private async Task<string?> MessageAsync(TaskAnswer task, CancellationToken cancel)
    {
        try
        {
            await client.ResultAsync(mission, task.TaskKey, cancel);
            return null;
        }
        catch (ApiException e) when (e.Problem.Code == "task_refused")
        {
            return e.Problem.Message;
        }
    }

    private static Verdict Decision(DemoItem item, byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            var reasons = root.GetProperty("reasons").EnumerateArray().Select(r => new VerdictReason(
                r.GetProperty("code").GetString() ?? "",
                r.GetProperty("line").GetInt64(),
                r.TryGetProperty("detail", out var detail) ? detail.GetString() : null));
            var outcome = root.GetProperty("outcome").GetString();
            return outcome is "approve" or "pend" or "deny"
                ? new Verdict(item, outcome, root.GetProperty("urgent").GetBoolean(), [.. reasons])
                : new Verdict(item, "failed", false, [new VerdictReason("unknown_outcome", 0, outcome)]);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return new Verdict(item, "failed", false, [new VerdictReason("unreadable_decision", 0, e.Message)]);
        }
    }
}
