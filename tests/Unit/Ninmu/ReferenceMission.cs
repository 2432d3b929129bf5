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

        public int Forgiven;
        public int BootsHeld;
        public int EventsHeld;
        public string? Code;

        public int Counted => Attempt - Forgiven - (Long ? 1 : 0);
        public long NotBefore;
        public long? EligibleUs;
    }

    public readonly List<TaskRecord> Tasks = [.. spec.Tasks.Where(t => t.Map is null).Select(t => new TaskRecord(t, null))];
    private readonly Dictionary<string, List<string>> _items = spec.Inputs.Keys.ToDictionary(k => k, _ => new List<string>());
    private readonly HashSet<string> _closed = [];
    public readonly Dictionary<string, ReferenceRestarts> Restarts = spec.Profiles.Keys.ToDictionary(
        static name => name, name => new ReferenceRestarts(spec.Restarts.GetValueOrDefault(name, Voxeltron.Kernel.RestartPolicy.Default)));

    public readonly Dictionary<string, List<long>> Dispatches = spec.Options.Rates.Keys.ToDictionary(static name => name, static _ => new List<long>());

    public bool Cancelled { get; private set; }

    /// <summary>The word of the status a stopped mission ends with.</summary>
    public string StoppedAs { get; private set; } = "cancelled";
    public bool Paused;
    public BudgetDimension? Exhausted;
    public readonly ReferenceBudget? Budget = spec.Options.Budget is { } budget ? new ReferenceBudget(budget) : null;

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

    public void Cancel(string endsAs = "cancelled")
    {
        if (IsOver || Cancelled)
        {
            return;
        }

        Cancelled = true;
        StoppedAs = endsAs;
        foreach (var task in Tasks.Where(t => t.End is null && !t.Running))
        {
            task.End = "cancelled";
        }
    }

    public void Fail(TaskRecord task)
    {
        task.End = "failed";
        if (spec.Options.OnFailure == OnFailure.FailFast)
        {
            Cancel("failed");
        }
    }

    /// <summary>A failed task is tried again: whatever was skipped for it, or for one skipped for it, is as if it never was.</summary>
    public void TryAgain(TaskRecord task, long nowUs)
    {
        task.Forgiven = task.Attempt - (task.Long ? 1 : 0);
        (task.End, task.EligibleUs, task.NotBefore, task.Code) = (null, nowUs, nowUs, null);
        var revived = new Queue<TaskRecord>([task]);
        while (revived.TryDequeue(out var upstream))
        {
            foreach (var skipped in Tasks.Where(t => t.End == "skipped" && (t.Code == upstream.Key || t.Code == upstream.Spec.Id)
                && t.Spec.DependsOn.Any(d => Upstream(t, d).Contains(upstream))).ToList())
            {
                (skipped.End, skipped.Code) = (null, null);
                revived.Enqueue(skipped);
            }
        }
    }

    public void Abort(TaskRecord task, long nowUs, bool hostLost, string? code = null)
    {
        task.Running = false;
        task.Code = code;
        Restarts[task.Profile].Over(task.Key, nowUs);
        var retry = task.Spec.Retry;
        var backoff = hostLost ? 0 : (long)Math.Min(retry.BackoffMs * 1000.0 * Math.Pow(retry.Factor, task.Counted - 1), retry.MaxBackoffMs * 1000.0);
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

    public bool IsOver => (Cancelled || _closed.Count == spec.Inputs.Count) && Tasks.All(t => t.End is not null)
        && (Cancelled || spec.Options.OnFailure != OnFailure.Hold || Tasks.All(t => t.End != "failed"));

    /// <summary>In order; of a profile that is held the first alone, and only when it may be tried.</summary>
    public IEnumerable<string> Ready(long nowUs) => Paused || Cancelled || Exhausted is not null
        ? []
        : InOrder(nowUs).TakeWhile(task => Budget?.Short(task) is null).Select(static task => task.Key);

    /// <summary>What cannot begin because the budget does not allow it.</summary>
    public BudgetDimension? Short(long nowUs) =>
        Paused || Cancelled || Exhausted is not null || Budget is null || InOrder(nowUs).FirstOrDefault() is not { } first ? null : Budget.Short(first);

    private IEnumerable<TaskRecord> InOrder(long nowUs)
    {
        var tried = new HashSet<string>();
        foreach (var task in Tasks.Where(t => Startable(t) && t.NotBefore <= nowUs && !Overdue(t, nowUs)).OrderBy(static t => t.Spec.Priority))
        {
            if (task.Spec.MaxParallel is { } most && Tasks.Count(t => t.Running && t.Spec.Id == task.Spec.Id) >= most)
            {
                continue;
            }

            if (task.Spec.Rate is { } rate && !MayDispatch(spec.Options.Rates[rate], Dispatches[rate], nowUs))
            {
                continue;
            }

            if (!Restarts[task.Profile].IsHeld || (Restarts[task.Profile].MayTry(nowUs) && tried.Add(task.Profile)))
            {
                yield return task;
            }
        }
    }

    /// <summary>A bucket of as many tokens as the rate has tasks, refilled evenly, in exact fractions of a period.</summary>
    private static bool MayDispatch(SpecRate rate, List<long> dispatched, long nowUs)
    {
        var periodUs = rate.PeriodMs * 1000;
        Int128 tokens = (Int128)rate.Tasks * periodUs;
        var full = tokens;
        var at = 0L;
        foreach (var time in dispatched)
        {
            tokens = Int128.Min(full, tokens + ((Int128)(time - at) * rate.Tasks)) - periodUs;
            at = time;
        }

        return Int128.Min(full, tokens + ((Int128)(nowUs - at) * rate.Tasks)) >= periodUs;
    }

    public IEnumerable<string> Decisions(long nowUs)
    {
        foreach (var task in Tasks.Where(t => t.End is null && !t.Running))
        {
            if (Doomed(task))
            {
                yield return "skip " + task.Key;
            }
            else if (task.EligibleUs is not null && (IsSpent(task) || Overdue(task, nowUs)))
            {
                yield return "fail " + task.Key;
            }
        }
    }

    private static bool Startable(TaskRecord task) =>
        task.End is null && !task.Running && task.EligibleUs is not null && !IsSpent(task);

    private static bool IsSpent(TaskRecord task) =>
        task.Counted >= task.Spec.Retry.MaxAttempts || (task.Code is { } code && task.Spec.Retry.NotRetryable.Contains(code));

    private static bool Overdue(TaskRecord task, long nowUs) =>
        task.Spec.DeadlineMs is { } ms && task.EligibleUs is { } since && nowUs >= since + ms * 1000;

    private bool Doomed(TaskRecord task) =>
        task.EligibleUs is null
        && (task.Spec.DependsOn.Any(d => IsUnmet(task, d))
            || (task.Spec.Input is { } input && _closed.Contains(input) && _items[input].Count == 0));

    private bool IsUnmet(TaskRecord task, SpecDependency edge)
    {
        var upstream = Upstream(task, edge).ToList();
        var wanted = edge.When switch { DependencyWhen.Failed => "failed", DependencyWhen.Refused => "refused", _ => "completed" };
        return edge.When switch
        {
            DependencyWhen.Settled => false,
            DependencyWhen.Completed => upstream.Any(u => u.End is not null and not "completed"),
            _ => upstream.All(u => u.End is not null) && NoMoreUpstream(task, edge) && upstream.All(u => u.End != wanted),
        };
    }

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
