using System.Text.Json;

namespace Voxeltron.Replay;

/// <summary>Prints two runs side by side: words, or JSON lines of which the last sums up.</summary>
internal sealed class RunDifferenceText(TextWriter output)
{
    /// <summary>Tasks told in words; JSON has them all.</summary>
    private const int MostPrinted = 50;

    /// <param name="inside">Where the payloads of the first difference differ.</param>
    public async Task WriteAsync(
        string left, MissionRuns a, string right, MissionRuns b, RunDifference difference, IReadOnlyList<ValueDifference> inside, bool json)
    {
        if (json)
        {
            await WriteJsonAsync(left, a, right, b, difference, inside);
            return;
        }

        await output.WriteLineAsync($"a           {left}, {a.Tasks.Count:N0} tasks");
        await output.WriteLineAsync($"b           {right}, {b.Tasks.Count:N0} tasks");
        await output.WriteLineAsync($"spec        {(difference.SpecsDiffer ? "differs" : "same bytes")}");
        if (!difference.FuelCompared)
        {
            await output.WriteLineAsync("fuel        not compared where two engines ran a task: they count differently");
        }

        if (a.Erased + b.Erased > 0)
        {
            await output.WriteLineAsync($"erased      {a.Erased + b.Erased:N0} payloads are gone: their results, writes and emits were not compared");
        }

        await WriteTasksAsync(difference, inside);
        await output.WriteLineAsync(difference.Tasks.Count == 0
            ? $"equal{(a.Erased + b.Erased > 0 ? " as far as it can be known" : "")}: {difference.EqualTasks:N0} tasks came to the same."
            : $"different: {difference.Tasks.Count:N0} tasks; {difference.EqualTasks:N0} came to the same.");
    }

    private async Task WriteTasksAsync(RunDifference difference, IReadOnlyList<ValueDifference> inside)
    {
        var first = true;
        foreach (var task in difference.Tasks.Take(MostPrinted))
        {
            await output.WriteLineAsync($"{(first ? "first: " : "")}task {task.Key} (a seq {Seq(task.Left)}, b seq {Seq(task.Right)})");
            foreach (var field in task.Fields)
            {
                await output.WriteLineAsync(IsDigest(field) ? $"  {field.Field} differs" : $"  {field.Field}: {field.Left ?? "(nothing)"} / {field.Right ?? "(nothing)"}");
            }

            foreach (var value in first ? inside : [])
            {
                await output.WriteLineAsync($"  {value.Place}\n    a: {value.Recorded ?? "(nothing)"}\n    b: {value.Replayed ?? "(nothing)"}");
            }

            first = false;
        }

        if (difference.Tasks.Count > MostPrinted)
        {
            await output.WriteLineAsync($"… and {difference.Tasks.Count - MostPrinted:N0} more tasks; --json has them all");
        }
    }

    private async Task WriteJsonAsync(string left, MissionRuns a, string right, MissionRuns b, RunDifference difference, IReadOnlyList<ValueDifference> inside)
    {
        foreach (var task in difference.Tasks)
        {
            await output.WriteLineAsync(JsonSerializer.Serialize(new
            {
                task = task.Key,
                seq_a = task.Left?.Seq,
                seq_b = task.Right?.Seq,
                fields = task.Fields.Select(static f => new { field = f.Field, a = f.Left, b = f.Right }),
                differences = ReferenceEquals(task, difference.Tasks[0])
                    ? inside.Select(static d => new { path = d.Path, table = d.Row?.Table, key = d.Row?.Key, column = d.Row?.Column, a = d.Recorded, b = d.Replayed })
                    : null,
            }));
        }

        await output.WriteLineAsync(JsonSerializer.Serialize(new
        {
            equal = difference.Tasks.Count == 0,
            a = left,
            b = right,
            tasks_a = a.Tasks.Count,
            tasks_b = b.Tasks.Count,
            tasks_equal = difference.EqualTasks,
            tasks_different = difference.Tasks.Count,
            first = difference.Tasks.Count == 0 ? null : difference.Tasks[0].Key,
            same_spec = !difference.SpecsDiffer,
            fuel_compared = difference.FuelCompared,
            erased = a.Erased + b.Erased,
        }));
    }

    private static string Seq(TaskRun? task) => task is null ? "-" : task.Seq.ToString(System.Globalization.CultureInfo.InvariantCulture);

    // A digest tells nobody anything; the first difference is looked into.
    private static bool IsDigest(FieldDifference field) =>
        field.Left is { Length: 64 } && field.Right is { Length: 64 } && field.Field is not "module";
}
