using Voxeltron.Ninmu;

namespace Voxeltron.Tests.Unit.Ninmu;

/// <summary>
/// The rules of a mission written the slow way: it keeps what happened to each task and, when asked, looks at
/// every task and every upstream again. No counter, no queue. Only what a task was first eligible at is remembered.
/// </summary>
internal sealed class ReferenceMission(MissionSpec spec)
{
    public sealed class TaskRecord(SpecTask spec, string? item)
    {
        public SpecTask Spec => spec;
        public string? Item => item;
        public string Profile => spec.Profile.Name;
        public string Key => item is null ? spec.Id : spec.Id + "/" + item;
        public string? End;
        public bool Running;
        public int Attempt;
        public bool Long;

        public int Counted => Long ? Attempt - 1 : Attempt;
        public long NotBefore;
        public long? EligibleUs;
    }

    public readonly List<TaskRecord> Tasks = [.. spec.Tasks.Where(t => t.Map is null).Select(t => new TaskRecord(t, null))];
    private readonly Dictionary<string, List<string>> _items = spec.Inputs.Keys.ToDictionary(k => k, _ => new List<string>());
    private readonly HashSet<string> _closed = [];
    public readonly Dictionary<string, ReferenceRestarts> Restarts = spec.Profiles.Keys.ToDictionary(
        static name => name, name => new ReferenceRestarts(spec.Restarts.GetValueOrDefault(name, Voxeltron.Kernel.RestartPolicy.Default)));

    public bool Cancelled { get; private set; }

    public void Add(string input, string item)
    {
        _items[input].Add(item);
        Tasks.AddRange(spec.Tasks.Where(t => t.Map == input).Select(t => new TaskRecord(t, item)));
        if (spec.Inputs[input].Single)
        {
            _closed.Add(input);
        }
    }

    public void Close(string input) => _closed.Add(input);

    public void Cancel()
    {
        if (IsOver)
        {
            return;
        }

        Cancelled = true;
        foreach (var task in Tasks.Where(t => t.End is null && !t.Running))
        {
            task.End = "cancelled";
        }
    }

    public void Abort(TaskRecord task, long nowUs, bool hostLost)
    {
        task.Running = false;
        Restarts[task.Profile].Over(task.Key, nowUs);
        var backoff = hostLost ? 0 : Math.Min(task.Spec.BackoffMs * 1000L * (1L << (task.Counted - 1)), 60_000_000L);
        task.NotBefore = nowUs + backoff;
        if (Cancelled)
        {
            task.End = "cancelled";
        }
    }

    /// <summary>After every fact: remembers since when each task may run.</summary>
    public void Note(long timeUs)
    {
        foreach (var task in Tasks.Where(t => t.End is null && t.EligibleUs is null && Met(t) && !Doomed(t)))
        {
            task.EligibleUs = timeUs;
        }
    }

    public bool IsOver => (Cancelled || _closed.Count == spec.Inputs.Count) && Tasks.All(t => t.End is not null);

    /// <summary>In order; of a profile that is held the first alone, and only when it may be tried.</summary>
    public IEnumerable<string> Ready(long nowUs)
    {
        var tried = new HashSet<string>();
        foreach (var task in Tasks.Where(t => Startable(t) && t.NotBefore <= nowUs && !Overdue(t, nowUs)))
        {
            if (!Restarts[task.Profile].IsHeld || (Restarts[task.Profile].MayTry(nowUs) && tried.Add(task.Profile)))
            {
                yield return task.Key;
            }
        }
    }

    public IEnumerable<string> Decisions(long nowUs)
    {
        foreach (var task in Tasks.Where(t => t.End is null && !t.Running))
        {
            if (Doomed(task))
            {
                yield return "skip " + task.Key;
            }
            else if (task.EligibleUs is not null && (task.Counted >= task.Spec.MaxAttempts || Overdue(task, nowUs)))
            {
                yield return "fail " + task.Key;
            }
        }
    }

    private static bool Startable(TaskRecord task) =>
        task.End is null && !task.Running && task.EligibleUs is not null && task.Counted < task.Spec.MaxAttempts;

    private static bool Overdue(TaskRecord task, long nowUs) =>
        task.Spec.DeadlineMs is { } ms && task.EligibleUs is { } since && nowUs >= since + ms * 1000;

    private bool Doomed(TaskRecord task) =>
        task.EligibleUs is null
        && (task.Spec.DependsOn.Any(d => d.When == DependencyWhen.Completed && Upstream(task, d).Any(u => u.End is not null and not "completed"))
            || (task.Spec.Input is { } input && _closed.Contains(input) && _items[input].Count == 0));

    private bool Met(TaskRecord task) =>
        (task.Spec.Input is not { } input || _items[input].Count > 0)
        && task.Spec.DependsOn.All(d => Upstream(task, d).All(u => u.End is not null) && NoMoreUpstream(task, d));

    private IEnumerable<TaskRecord> Upstream(TaskRecord task, SpecDependency edge) =>
        Tasks.Where(u => u.Spec.Id == edge.Task && (task.Item is null || u.Item is null || u.Item == task.Item));

    private bool NoMoreUpstream(TaskRecord task, SpecDependency edge)
    {
        var map = spec.Tasks.Single(t => t.Id == edge.Task).Map;
        return map is null || task.Item is not null || _closed.Contains(map);
    }
}
