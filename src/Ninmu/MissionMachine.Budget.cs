using Voxeltron.Kernel;

namespace Voxeltron.Ninmu;

// What tasks cost: held before an attempt begins, asked before an event is delivered, spent when an entry says so.
public sealed partial class MissionMachine
{
    /// <summary>Time in a handler that is held for each event. One that needs more has what is left of the limit, and is cut there.</summary>
    public const long EventCellMs = 10;

    // What was said to be used up, until a top-up.
    private BudgetDimension? _exhausted;

    // What could not be delivered; found again by whoever tries. Not of facts.
    private string? _unpaidTask;

    /// <summary>The mission's account; null when its spec sets no budget.</summary>
    public BudgetLedger? Budget { get; }

    /// <summary>Nothing is to be kept ready or awake: the mission waits for a top-up, and pays for nothing meanwhile.</summary>
    public bool IsSuspended => _exhausted is not null && Ledger.OnBudget == OnBudget.Pause;

    /// <summary>Milliseconds the next event may spend in its handler before it is cut; null: as long as any.</summary>
    public long? CellMsLeft(string taskKey)
    {
        if (Budget is null || !Budget.IsLimited(BudgetDimension.CellMs))
        {
            return null;
        }

        // What is held for this attempt is its own.
        var own = Find(taskKey).Held == HeldPart.None ? 0 : EventCellMs;
        return Budget.Left(BudgetDimension.CellMs) + own;
    }

    /// <summary>
    /// Whether a later event of a task may be delivered to its cell now. Where not, <see cref="Decide"/> has said so or will, and the task
    /// waits for a top-up.
    /// </summary>
    // Hot path: per event of a waiting task.
    public bool MayDeliver(string taskKey)
    {
        if (Budget is null)
        {
            return true;
        }

        if (IsSuspended)
        {
            return false;
        }

        if (Budget.Short(EventNeed(Find(taskKey))) is null)
        {
            return true;
        }

        _unpaidTask = taskKey;
        return false;
    }

    /// <summary>Whether a reload may boot the task's cell anew: paid from what is kept back too. On the way back always, since what began must be brought to an end.</summary>
    public bool MayReplace(string taskKey) => MayReplace(Find(taskKey));

    private bool MayReplace(TaskNode node)
    {
        if (Budget is null || Modules.Reload is { FailedBy: not null })
        {
            return true;
        }

        var need = BudgetAmounts.Of(BudgetDimension.Boots, 1);
        need[BudgetDimension.Fuel] = node.Plan.Spec.Profile.FuelPerAction;
        need[BudgetDimension.CellMs] = EventCellMs;
        return Budget.Short(need, withEscrow: true) is null;
    }

    /// <summary>Anything may begin at all.</summary>
    private bool MayBegin => !_paused && _exhausted is null && !_cancelled;

    private BudgetLedger Ledger => Budget ?? throw new InvariantException("The mission has no budget.");

    private static BudgetAmounts EventNeed(TaskNode node)
    {
        var need = default(BudgetAmounts);
        need[BudgetDimension.Fuel] = node.Plan.Spec.Profile.Fuel(node.IsLong);
        need[BudgetDimension.CellMs] = EventCellMs;
        return need;
    }

    private static BudgetAmounts BootNeed(TaskNode node) => EventNeed(node) + BudgetAmounts.Of(BudgetDimension.Boots, 1);

    private static BudgetAmounts AttemptNeed(TaskNode node)
    {
        var need = node.Begun ? BootNeed(node) : BootNeed(node) + EventNeed(node);
        need[BudgetDimension.Tasks] = node.Attempt == 0 ? 1 : 0;
        return need;
    }

    private BudgetDimension? AttemptShort(TaskNode node) => Budget?.Short(AttemptNeed(node));

    /// <summary>The first thing of the budget that must be said now.</summary>
    private Decision? BudgetDecision(long nowUs)
    {
        // Nothing is left that could be stopped, and what is warm at the end is counted after the last decision.
        if (Budget is null || _ended is not null || _cancelled || IsOver)
        {
            return null;
        }

        if (Budget.ToWarn is { } soft)
        {
            return new Decision.Warn(soft);
        }

        if (_exhausted is not null)
        {
            return null;
        }

        if (!_paused && First(nowUs) is { } queue && AttemptShort(queue.Peek()) is { } dimension)
        {
            return new Decision.Exhaust(dimension, AttemptNeed(queue.Peek()));
        }

        if (_unpaidTask is { } unpaid && _byKey.TryGetValue(unpaid, out var node) && node.Waits && Budget.Short(EventNeed(node)) is { } lacking)
        {
            return new Decision.Exhaust(lacking, EventNeed(node));
        }

        return null;
    }

    private void HoldAttempt(TaskNode node)
    {
        if (Budget is null)
        {
            return;
        }

        var need = AttemptNeed(node);
        var begun = need[BudgetDimension.Tasks];
        need[BudgetDimension.Tasks] = 0;
        Budget.Hold(need);
        Budget.Charge(BudgetDimension.Tasks, begun);
        node.Held = node.Begun ? HeldPart.Boot : HeldPart.BootAndTask;
    }

    /// <summary>The attempt needs nothing any more of what is held for it.</summary>
    private void ReleaseAttempt(TaskNode node)
    {
        var held = node.Held switch
        {
            HeldPart.BootAndTask => BootNeed(node) + EventNeed(node),
            HeldPart.Boot => BootNeed(node),
            HeldPart.Task => EventNeed(node),
            _ => default,
        };
        if (node.Held != HeldPart.None)
        {
            Budget!.Release(held);
            node.Held = HeldPart.None;
        }
    }

    private void Charge(MissionFact.EventCharged fact)
    {
        var node = Find(fact.TaskKey);
        var ledger = Ledger;
        Require(node.State == TaskState.Running, node, "charged");
        switch (node.Held)
        {
            case HeldPart.BootAndTask when fact.IsBoot:
                ledger.Release(BootNeed(node));
                node.Held = HeldPart.Task;
                break;
            case HeldPart.Boot when fact.IsBoot:
            case HeldPart.Task when !fact.IsBoot:
                ReleaseAttempt(node);
                break;
            case HeldPart.None when !fact.IsBoot:
                Require(ledger.Short(EventNeed(node)) is null && !IsSuspended, node, "given an event its budget does not allow");
                break;
            case HeldPart.None when IsToBeReplaced(node):
                Require(MayReplace(node), node, "given another cell that its budget does not allow");
                break;
            default:
                throw new InvariantException($"Task '{node.Key}' cannot be charged for {(fact.IsBoot ? "a boot" : "an event")}: of its attempt {node.Held} is held.");
        }

        ledger.Charge(BudgetDimension.Fuel, fact.Fuel);
        ledger.ChargeCellUs(fact.CellUs);
        if (fact.IsBoot)
        {
            ledger.Charge(BudgetDimension.Boots, 1);
        }
    }

    private void Cut(MissionFact.EventCut fact)
    {
        var node = FindRunning(fact.TaskKey, fact.Attempt);
        // What was left is spent by now, but for the two epochs its end may be off by.
        Require(Ledger.IsLimited(BudgetDimension.CellMs) && Ledger.Left(BudgetDimension.CellMs) < 2 * EventCellMs, node, "cut");
        node.Forgiven++;
        node.LastSeq = fact.Seq;
        Retry(node, "budget_exhausted", 0, fact.TimeUs, counts: false);
    }

    private void ChargeWarm(MissionFact.WarmCharged fact) => Ledger.Charge(BudgetDimension.WarmMibMs, fact.MibMs);

    private void Exhaust(MissionFact.BudgetExhausted fact)
    {
        if (_exhausted is not null || _cancelled || Ledger.Short(fact.Need) != fact.Dimension || !IsNeeded(fact.Need))
        {
            throw new InvariantException($"The budget is not used up in {fact.Dimension.Word()}: {Ledger.Left(fact.Dimension)} are left, {fact.Need[fact.Dimension]} are needed.");
        }

        _exhausted = fact.Dimension;
        _unpaidTask = null;
        if (Ledger.OnBudget == OnBudget.Kill)
        {
            Stop(StopCause.Budget, fact.TimeUs);
        }
    }

    /// <summary>Some task would take exactly that next. Linear in tasks, once in a while.</summary>
    private bool IsNeeded(in BudgetAmounts need)
    {
        foreach (var node in _nodes)
        {
            if ((node.IsStartable && AttemptNeed(node).Equals(need)) || (node.Waits && EventNeed(node).Equals(need)))
            {
                return true;
            }
        }

        return false;
    }

    private void TopUp(MissionFact.BudgetToppedUp fact)
    {
        Ledger.TopUp(fact.More);
        _exhausted = null;
        _unpaidTask = null;
    }
}
