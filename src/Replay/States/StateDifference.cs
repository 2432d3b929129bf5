using System.Text.Json;
using Voxeltron.Cosmictron;
using Voxeltron.Ninmu;

namespace Voxeltron.Replay;

/// <summary>What became of one mission between two of its entries: rows by table and key, tasks by key.</summary>
internal sealed class StateDifference
{
    private StateDifference(IReadOnlyList<RowDifference> rows, IReadOnlyList<TaskDifference> tasks) => (Rows, Tasks) = (rows, tasks);

    /// <summary>In table order, then key order of the earlier state; rows of the later one alone come last.</summary>
    public IReadOnlyList<RowDifference> Rows { get; }

    /// <summary>By task key.</summary>
    public IReadOnlyList<TaskDifference> Tasks { get; }

    public bool Equal => Rows.Count == 0 && Tasks.Count == 0;

    /// <param name="before">A state of the mission; same tables as <paramref name="after"/>.</param>
    public static StateDifference Of(StateAt before, StateAt after)
    {
        var rows = new List<RowDifference>();
        foreach (var table in before.State.Tables)
        {
            CompareTable(table, before, after, rows);
        }

        var earlier = before.State.Machine.Tasks.ToDictionary(static task => task.TaskKey, StringComparer.Ordinal);
        var tasks = new List<TaskDifference>();
        foreach (var task in after.State.Machine.Tasks.OrderBy(static task => task.TaskKey, StringComparer.Ordinal))
        {
            earlier.Remove(task.TaskKey, out var was);
            if (was?.Status != task.Status || was.Attempt != task.Attempt || was.OutcomeCode != task.OutcomeCode)
            {
                tasks.Add(new TaskDifference(task.TaskKey, was, task));
            }
        }

        // Only when the order was turned round: tasks do not vanish.
        tasks.AddRange(earlier.Values.Select(static gone => new TaskDifference(gone.TaskKey, gone, null)));
        return new StateDifference(rows, tasks);
    }

    private static void CompareTable(TableSchema table, StateAt before, StateAt after, List<RowDifference> found)
    {
        var later = after.Rows(table).ToDictionary(row => KeyOf(row, table), StringComparer.Ordinal);
        foreach (var row in before.Rows(table))
        {
            var key = KeyOf(row, table);
            if (!later.Remove(key, out var now))
            {
                found.Add(new RowDifference(table.Name, key, "removed", row, null));
            }
            else if (now != row)
            {
                found.Add(new RowDifference(table.Name, key, "changed", row, now));
            }
        }

        found.AddRange(later.Select(added => new RowDifference(table.Name, added.Key, "added", null, added.Value)));
    }

    private static string KeyOf(string row, TableSchema table)
    {
        using var document = JsonDocument.Parse(row);
        return WriteDifference.KeyOf(document.RootElement, table)!;
    }
}

/// <param name="Change">added, removed or changed.</param>
/// <param name="Before">The row as JSON; null when added.</param>
/// <param name="After">The row as JSON; null when removed.</param>
internal sealed record RowDifference(string Table, string Key, string Change, string? Before, string? After)
{
    /// <summary>Columns with another value, for a changed row.</summary>
    public IEnumerable<(string Column, string Before, string After)> Columns()
    {
        if (Before is null || After is null)
        {
            yield break;
        }

        using var before = JsonDocument.Parse(Before);
        using var after = JsonDocument.Parse(After);
        foreach (var column in before.RootElement.EnumerateObject())
        {
            var (was, now) = (column.Value.GetRawText(), after.RootElement.GetProperty(column.Name).GetRawText());
            if (was != now)
            {
                yield return (column.Name, was, now);
            }
        }
    }
}

/// <summary>A task whose status, attempt or outcome is another. Null where it did not exist.</summary>
internal sealed record TaskDifference(string TaskKey, TaskSnapshot? Before, TaskSnapshot? After);
