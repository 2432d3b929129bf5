namespace Voxeltron.Replay;

/// <summary>Two runs aligned by task key: which tasks came to something else, and in what.</summary>
internal sealed class RunDifference
{
    private RunDifference(IReadOnlyList<RunTaskDifference> tasks, int equal, bool specsDiffer, bool fuelCompared) =>
        (Tasks, EqualTasks, SpecsDiffer, FuelCompared) = (tasks, equal, specsDiffer, fuelCompared);

    /// <summary>In the order of the left run, then tasks only the right one has, in its order.</summary>
    public IReadOnlyList<RunTaskDifference> Tasks { get; }

    public int EqualTasks { get; }

    /// <summary>The specs' bytes differ, so the runs were not asked for the same. Told, and no difference by itself.</summary>
    public bool SpecsDiffer { get; }

    /// <summary>False when a task ran on two engines: its fuel says nothing.</summary>
    public bool FuelCompared { get; }

    public static RunDifference Of(MissionRuns left, MissionRuns right)
    {
        var found = new List<RunTaskDifference>();
        var (equal, fuelCompared) = (0, true);
        foreach (var task in left.Tasks.Values.OrderBy(static task => task.Seq))
        {
            if (!right.Tasks.TryGetValue(task.Key, out var other))
            {
                found.Add(new RunTaskDifference(task, null, [new FieldDifference("task", "there", null)], null, null));
                continue;
            }

            var sameEngine = task.Fingerprint == other.Fingerprint;
            fuelCompared &= sameEngine;
            var difference = Compare(task, other, sameEngine);
            if (difference.Fields.Count > 0)
            {
                found.Add(difference);
            }
            else
            {
                equal++;
            }
        }

        found.AddRange(right.Tasks.Values.Where(task => !left.Tasks.ContainsKey(task.Key)).OrderBy(static task => task.Seq)
            .Select(static task => new RunTaskDifference(null, task, [new FieldDifference("task", null, "there")], null, null)));
        return new RunDifference(found, equal, left.Spec != right.Spec, fuelCompared);
    }

    private static RunTaskDifference Compare(TaskRun left, TaskRun right, bool compareFuel)
    {
        var fields = new List<FieldDifference>();
        Field("input", left.Input, right.Input);
        Field("module", left.Module, right.Module);
        Field("outcome", left.Outcome, right.Outcome);
        Field("code", left.Code, right.Code);
        Field("actions", Text(left.Actions.Count), Text(right.Actions.Count));
        ActionRun? a = null, b = null;
        for (var i = 0; i < Math.Min(left.Actions.Count, right.Actions.Count); i++)
        {
            var before = fields.Count;
            var (one, two) = (left.Actions[i], right.Actions[i]);
            var prefix = left.Actions.Count > 1 ? $"action {i + 1}: " : "";
            Field(prefix + "event", one.Event, two.Event);
            if (compareFuel)
            {
                Field(prefix + "fuel", Text(one.Fuel), Text(two.Fuel));
            }

            // A part that was erased on either side is unknown, not different; the report counts it.
            Part(prefix + "result", one.Result, two.Result);
            Part(prefix + "writes", one.Writes, two.Writes);
            Part(prefix + "emits", one.Emits, two.Emits);
            if (fields.Count > before && a is null)
            {
                (a, b) = (one, two);
            }
        }

        return new RunTaskDifference(left, right, fields, a, b);

        void Field(string name, string? one, string? two)
        {
            if (one != two)
            {
                fields.Add(new FieldDifference(name, one, two));
            }
        }

        void Part(string name, string? one, string? two)
        {
            if (one is not null && two is not null)
            {
                Field(name, one, two);
            }
        }

        static string Text(long number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }
}

/// <summary>Left and right value of one field; of input, result, writes and emits their SHA-256.</summary>
internal sealed record FieldDifference(string Field, string? Left, string? Right);

/// <param name="Left">Null when only the right run has the task.</param>
/// <param name="LeftAction">The first action that differs, for a look into its payload; null when none does.</param>
internal sealed record RunTaskDifference(TaskRun? Left, TaskRun? Right, IReadOnlyList<FieldDifference> Fields, ActionRun? LeftAction, ActionRun? RightAction)
{
    public string Key => (Left ?? Right)!.Key;
}
