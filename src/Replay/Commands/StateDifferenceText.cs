using System.Text.Json;
using Voxeltron.Ninmu;

namespace Voxeltron.Replay;

/// <summary>Prints what became of a mission between two entries: words, or JSON lines of which the last sums up.</summary>
internal sealed class StateDifferenceText(TextWriter output)
{
    /// <summary>Rows and tasks told in words, each; JSON has them all.</summary>
    private const int MostPrinted = 200;

    public async Task WriteAsync(StateAt before, StateAt after, StateDifference difference, bool json)
    {
        if (json)
        {
            await WriteJsonAsync(before, after, difference);
            return;
        }

        await output.WriteLineAsync($"a           {before.Mission} at seq {before.Seq} ({before.Kind}), state root {before.Root}");
        await output.WriteLineAsync($"b           {after.Mission} at seq {after.Seq} ({after.Kind}), state root {after.Root}");
        foreach (var row in difference.Rows.Take(MostPrinted))
        {
            await output.WriteLineAsync(row.Change == "changed"
                ? $"~ {row.Table} {row.Key}: {string.Join(", ", row.Columns().Select(static c => $"{c.Column} {c.Before} → {c.After}"))}"
                : $"{(row.Change == "added" ? '+' : '-')} {row.Table} {row.After ?? row.Before}");
        }

        await RestAsync(difference.Rows.Count, "rows");
        foreach (var task in difference.Tasks.Take(MostPrinted))
        {
            await output.WriteLineAsync($"  task {task.TaskKey}: {Words(task.Before)} → {Words(task.After)}");
        }

        await RestAsync(difference.Tasks.Count, "tasks");
        await output.WriteLineAsync(difference.Equal
            ? "equal: no row and no task differs."
            : $"different: {Count(difference, "added")} rows added, {Count(difference, "removed")} removed, {Count(difference, "changed")} changed; {difference.Tasks.Count:N0} tasks in another state.");
    }

    private async Task WriteJsonAsync(StateAt before, StateAt after, StateDifference difference)
    {
        foreach (var row in difference.Rows)
        {
            await output.WriteLineAsync(JsonSerializer.Serialize(new { table = row.Table, key = Raw(row.Key), change = row.Change, before = Raw(row.Before), after = Raw(row.After) }));
        }

        foreach (var task in difference.Tasks)
        {
            await output.WriteLineAsync(JsonSerializer.Serialize(new { task = task.TaskKey, before = Json(task.Before), after = Json(task.After) }));
        }

        await output.WriteLineAsync(JsonSerializer.Serialize(new
        {
            equal = difference.Equal,
            mission = before.Mission.ToString(),
            a = new { seq = before.Seq, state_root = before.Root },
            b = new { seq = after.Seq, state_root = after.Root },
            rows_added = Count(difference, "added"),
            rows_removed = Count(difference, "removed"),
            rows_changed = Count(difference, "changed"),
            tasks_changed = difference.Tasks.Count,
        }));
    }

    private async Task RestAsync(int count, string what)
    {
        if (count > MostPrinted)
        {
            await output.WriteLineAsync($"… and {count - MostPrinted:N0} more {what}; --json has them all");
        }
    }

    private static int Count(StateDifference difference, string change) => difference.Rows.Count(row => row.Change == change);

    private static string Words(TaskSnapshot? task) =>
        task is null ? "not there" : $"{task.Status}{(task.OutcomeCode is null ? "" : $" ({task.OutcomeCode})")}, attempt {task.Attempt}";

    private static object? Json(TaskSnapshot? task) =>
        task is null ? null : new { status = task.Status, attempt = task.Attempt, outcome_code = task.OutcomeCode, last_seq = task.LastSeq };

    private static JsonElement? Raw(string? json)
    {
        if (json is null)
        {
            return null;
        }

        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
