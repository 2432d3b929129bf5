using Voxeltron.Kernel;

namespace Voxeltron.Ninmu;

/// <summary>
/// What may run, must be written, or has ended, as a fold over the mission's facts. Pure: no clock, no randomness, no
/// I/O; the same facts give the same state on every machine. Not thread-safe: called inside the writer section.
/// Work is linear in tasks plus edges: every wait is a counter, every queue drops stale entries when it meets them.
/// </summary>
public sealed partial class MissionMachine
{
    private readonly List<TaskPlan> _plans = [];
    private readonly Dictionary<string, InputState> _inputs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TaskNode> _byKey = new(StringComparer.Ordinal);
    private readonly List<TaskNode> _nodes = [];
    private readonly int[] _counts = new int[(int)TaskState.Cancelled + 1];

    private readonly IReadOnlyDictionary<string, RestartPolicy> _policies;
    private int _openInputs;
    private readonly SpecOptions _options;
    private readonly List<RateGauge> _rates = [];

    // Those of which only so many nodes may run at once.
    private readonly List<TaskPlan> _bounded = [];
    private readonly long _deadlineUs;
    private bool _cancelled;
    private MissionStatus? _ended;
    private string? _firstFailure;

    /// <summary>Which version of each declared module runs.</summary>
    public ModuleVersions Modules { get; }

    /// <param name="spec">Parsed, so free of contradictions.</param>
    /// <param name="timeUs">When the spec was submitted: tasks that wait for nothing are ready from then on.</param>
    public MissionMachine(MissionSpec spec, long timeUs)
    {
        TimeModifiedUs = timeUs;
        _policies = spec.Restarts;
        _options = spec.Options;
        _deadlineUs = _options.DeadlineMs is { } deadlineMs ? timeUs + (deadlineMs * 1000) : long.MaxValue;
        _rates.AddRange(_options.Rates.Values.Select(static rate => new RateGauge(rate)));
        Budget = _options.Budget is { } budget ? new BudgetLedger(budget) : null;
        Modules = new ModuleVersions(spec.ModuleDigests);
        foreach (var input in spec.Inputs.Values)
        {
            _inputs.Add(input.Name, new InputState(input));
        }

        _openInputs = _inputs.Count;
        Connect(spec);
        foreach (var plan in _plans)
        {
            if (plan.Map is null)
            {
                Create(plan, 0, null, 0, timeUs).Missing = plan.Upstream.Count + (plan.Reads is null ? 0 : 1);
            }
        }

        foreach (var node in _nodes)
        {
            ReadyIfNothingMissing(node, timeUs);
        }
    }

    /// <summary>Ended only by the fact that says so; until then <see cref="Decide"/> asks for it.</summary>
    public MissionStatus Status => _ended
        ?? (_cancelled ? MissionStatus.Running
            : _exhausted is not null ? MissionStatus.BudgetExhausted
            : _paused ? MissionStatus.Paused
            : _openInputs > 0 ? MissionStatus.Open : MissionStatus.Running);

    /// <summary>Why the mission failed, was cancelled or does not go on; null otherwise.</summary>
    public string? Reason => _cancelled
        ? _stop.Words()
        : _exhausted is { } dimension && _ended is null ? $"budget {dimension.Word()}"
        : Counts.Failed == 0 ? null : $"{Counts.Failed} failed, first {_firstFailure}";

    public MissionCounts Counts => new(
        _nodes.Count,
        Count(TaskState.Blocked) + Count(TaskState.Ready) + Count(TaskState.Backoff) + Count(TaskState.Exhausted) + Count(TaskState.Doomed),
        Count(TaskState.Running),
        Count(TaskState.Completed),
        Count(TaskState.Refused),
        Count(TaskState.Failed),
        Count(TaskState.Skipped),
        Count(TaskState.Cancelled));

    /// <summary>Tasks that could begin if there were a cell for them.</summary>
    public int Ready => Count(TaskState.Ready);

    /// <summary>Time of the latest fact.</summary>
    public long TimeModifiedUs { get; private set; }

    /// <summary>Steps taken so far: tasks created, edges released, queue entries handled, rows drained. What the tests hold linear.</summary>
    public long Work { get; private set; }

    /// <summary>Why an item may not be added now, by code, or null. Asked before the item's entry counts; the answer follows from facts alone.</summary>
    public string? AdmitItem(string input, string itemKey)
    {
        if (!_inputs.TryGetValue(input, out var state))
        {
            return "unknown_input";
        }

        if (_cancelled || _ended is not null)
        {
            return "mission_ended";
        }

        if (!ItemKeys.IsValid(itemKey))
        {
            return "bad_item_key";
        }

        if (state.Keys.Contains(itemKey))
        {
            return "duplicate_item";
        }

        if (state.Closed)
        {
            return "input_closed";
        }

        return state.Seqs.Count >= state.Spec.MaxItems || _nodes.Count + state.MappedBy.Count > SpecLimits.TasksPerMission
            ? "too_many_items"
            : null;
    }

    private bool IsOver => (_openInputs == 0 || _cancelled) && Live == 0 && (_cancelled || _options.OnFailure != OnFailure.Hold || Count(TaskState.Failed) == 0);

    private int Live => _nodes.Count - Count(TaskState.Completed) - Count(TaskState.Refused) - Count(TaskState.Failed)
        - Count(TaskState.Skipped) - Count(TaskState.Cancelled);

    private MissionStatus EndStatus => _cancelled ? _stop == StopCause.Cancel ? MissionStatus.Cancelled : MissionStatus.Failed
        : Count(TaskState.Failed) > 0 ? MissionStatus.Failed : MissionStatus.Completed;

    private int Count(TaskState state) => _counts[(int)state];

    private void Connect(MissionSpec spec)
    {
        var byId = new Dictionary<string, TaskPlan>(StringComparer.Ordinal);
        foreach (var task in spec.Tasks)
        {
            var plan = new TaskPlan(task, ProfileOf(task.Profile)) { Rate = _rates.Find(rate => rate.Name == task.Rate) };
            _plans.Add(plan);
            if (task.MaxParallel is not null)
            {
                _bounded.Add(plan);
            }

            byId.Add(task.Id, plan);
            if (task.Map is not null)
            {
                plan.Map = _inputs[task.Map];
                plan.Map.MappedBy.Add(plan);
            }

            if (task.Input is not null)
            {
                plan.Reads = _inputs[task.Input];
                plan.Reads.ReadBy.Add(plan);
            }
        }

        foreach (var plan in _plans)
        {
            plan.ResultFrom = plan.Spec.InputFrom is null ? null : byId[plan.Spec.InputFrom];
            foreach (var dependency in plan.Spec.DependsOn)
            {
                var edge = new TaskEdge(byId[dependency.Task], plan, dependency.When);
                plan.Upstream.Add(edge);
                edge.From.Downstream.Add(edge);
            }
        }
    }

    private TaskNode Create(TaskPlan plan, int item, string? itemKey, long seq, long timeUs)
    {
        var node = new TaskNode(plan, _nodes.Count, item, itemKey, timeUs) { LastSeq = seq };
        _byKey.Add(node.Key, node);
        _nodes.Add(node);
        plan.Nodes.Add(node);
        plan.Live++;
        _counts[(int)TaskState.Blocked]++;
        Touch(node, timeUs);
        Work++;
        return node;
    }

    private TaskNode Find(string taskKey) =>
        _byKey.TryGetValue(taskKey, out var node) ? node : throw new InvariantException($"The mission has no task '{taskKey}'.");
}
