using Voxeltron.Kernel;

namespace Voxeltron.Ninmu;

public sealed partial class MissionMachine
{
    /// <summary>Folds one fact in. Checked before anything changes, so a refused fact leaves the state as it was.</summary>
    /// <exception cref="InvariantException">The fact cannot follow the ones before it: a bug, or a damaged log.</exception>
    public void Apply(MissionFact fact)
    {
        switch (fact)
        {
            case MissionFact.ItemAdded f:
                AddItem(f);
                break;
            case MissionFact.InputClosed f:
                CloseInput(f);
                break;
            case MissionFact.TaskDispatched f:
                Dispatch(f);
                break;
            case MissionFact.TaskWaits f:
                Wait(f);
                break;
            case MissionFact.TaskCompleted f:
                var completed = FindRunning(f.TaskKey, f.Attempt);
                completed.ResultSeq = f.Seq;
                CameBack(completed);
                End(completed, TaskState.Completed, null, f.Seq, f.TimeUs);
                break;
            case MissionFact.TaskRefused f:
                var refused = FindRunning(f.TaskKey, f.Attempt);
                CameBack(refused);
                End(refused, TaskState.Refused, f.Code, f.Seq, f.TimeUs);
                break;
            case MissionFact.ActionAborted f:
                var aborted = FindRunning(f.TaskKey, f.Attempt);
                aborted.LastSeq = f.Seq;
                Faulted(aborted, f);
                Retry(aborted, f.Code, aborted.Plan.Spec.Retry.BackoffUs(aborted.CountedAttempts), f.TimeUs);
                break;
            case MissionFact.EventReturned f:
                CameBack(FindRunning(f.TaskKey, f.Attempt));
                break;
            case MissionFact.IncidentOpened f:
                Open(f);
                break;
            case MissionFact.IncidentClosed f:
                Close(f);
                break;
            case MissionFact.SliceBurnt f:
                BurnSlice(f);
                break;
            case MissionFact.TaskFailed f:
                Fail(f);
                break;
            case MissionFact.TaskSkipped f:
                var skipped = Find(f.TaskKey);
                Require(skipped.State == TaskState.Doomed, skipped, "skipped");
                End(skipped, TaskState.Skipped, f.Upstream, f.Seq, f.TimeUs);
                break;
            case MissionFact.CancelRequested f:
                Stop(StopCause.Cancel, f.TimeUs);
                break;
            case MissionFact.EventCharged f:
                Charge(f);
                break;
            case MissionFact.EventCut f:
                Cut(f);
                break;
            case MissionFact.RequestBegan f:
                Begin(f);
                break;
            case MissionFact.RequestEnded f:
                Settle(f);
                break;
            case MissionFact.WarmCharged f:
                ChargeWarm(f);
                break;
            case MissionFact.BudgetWarned f:
                Ledger.Warned(f.Dimension);
                break;
            case MissionFact.BudgetExhausted f:
                Exhaust(f);
                break;
            case MissionFact.BudgetToppedUp f:
                TopUp(f);
                break;
            case MissionFact.PauseRequested:
                _paused = true;
                break;
            case MissionFact.ResumeRequested:
                _paused = false;
                break;
            case MissionFact.TaskRetryRequested f:
                TryAgain(f);
                break;
            case MissionFact.MissionExpired f:
                Expire(f.TimeUs);
                break;
            case GateFact f:
                ApplyGate(f);
                break;
            case MissionFact.HostLost f:
                LoseHost(f.TimeUs);
                break;
            case MissionFact.ReloadBegan f:
                Modules.Begin(f);
                break;
            case MissionFact.CellReplaced f:
                Replace(f);
                break;
            case MissionFact.Reloaded or MissionFact.Restored:
                RequireReplaced();
                Modules.End(asAsked: fact is MissionFact.Reloaded);
                RecheckGates();
                break;
            case MissionFact.ReloadFailed f:
                Modules.Fail(f.Code);
                break;
            case MissionFact.MissionCompleted:
                if (!IsOver || _ended is not null || _held.Count > 0)
                {
                    throw new InvariantException("The mission cannot end: it has ended, or an input, tasks or an incident are open.");
                }

                _ended = EndStatus;
                break;
            default:
                throw new InvariantException($"No such fact: {fact.GetType().Name}.");
        }

        TimeModifiedUs = Math.Max(TimeModifiedUs, fact.TimeUs);
    }

    private void AddItem(MissionFact.ItemAdded fact)
    {
        if (AdmitItem(fact.Input, fact.ItemKey) is { } refusal)
        {
            throw new InvariantException($"Item '{fact.ItemKey}' cannot be added to input '{fact.Input}': {refusal}.");
        }

        var input = _inputs[fact.Input];
        var item = input.Seqs.Count;
        input.Keys.Add(fact.ItemKey);
        input.Order.Add(fact.ItemKey);
        input.Seqs.Add(fact.Seq);
        foreach (var plan in input.MappedBy)
        {
            Create(plan, item, fact.ItemKey, fact.Seq, fact.TimeUs);
        }

        // After all of the item's tasks exist: an end found below may reach any of them.
        foreach (var plan in input.MappedBy)
        {
            Await(plan.Nodes[item], fact.TimeUs);
        }

        foreach (var plan in input.ReadBy)
        {
            Release(plan.Nodes[0], fact.TimeUs);
        }

        if (input.Spec.Single)
        {
            Close(input, fact.TimeUs);
        }
    }

    /// <summary>Counts what a new item's task waits for: its own items upstream, and single tasks that have not ended.</summary>
    private void Await(TaskNode node, long timeUs)
    {
        foreach (var edge in node.Plan.Upstream)
        {
            Work++;
            var upstream = edge.From.Nodes[edge.IsElementwise ? node.Item : 0];
            if (!upstream.IsTerminal)
            {
                node.Missing++;
            }
            else if (!IsSatisfied(upstream, edge))
            {
                Doom(node, upstream.Key, timeUs);
            }
        }

        ReadyIfNothingMissing(node, timeUs);
    }

    private void CloseInput(MissionFact.InputClosed fact)
    {
        if (!_inputs.TryGetValue(fact.Input, out var input))
        {
            throw new InvariantException($"The mission has no input '{fact.Input}'.");
        }

        if (!input.Closed)
        {
            Close(input, fact.TimeUs);
        }
    }

    private void Close(InputState input, long timeUs)
    {
        input.Closed = true;
        _openInputs--;
        foreach (var plan in input.MappedBy)
        {
            if (plan.IsSettled)
            {
                ReleaseJoins(plan, timeUs);
            }
            else
            {
                TouchJoins(plan, timeUs);
            }
        }

        if (input.Seqs.Count == 0)
        {
            foreach (var plan in input.ReadBy)
            {
                Doom(plan.Nodes[0], "input:" + input.Spec.Name, timeUs);
            }
        }
    }

    private void Dispatch(MissionFact.TaskDispatched fact)
    {
        var node = Find(fact.TaskKey);
        Require(node.IsStartable && !node.Overdue && fact.Attempt == node.Attempt + 1, node, $"dispatched as attempt {fact.Attempt}");
        var profile = node.Plan.Profile;
        Require(MayPass(node), node, "dispatched before people let it through");
        Require(profile.Restarts.MayDispatch(fact.TimeUs), node, $"dispatched while profile '{profile.Restarts.Profile}' is held");
        Require(MayBegin, node, "dispatched now: its mission does not go on");
        Require(node.Plan.HasRoom, node, "dispatched beside as many as may run");
        Require(node.Plan.Rate?.MayDispatch(fact.TimeUs) != false, node, "dispatched before its rate allows");
        HoldAttempt(node);
        node.Plan.Rate?.Dispatched(fact.TimeUs);
        profile.Restarts.Dispatched(node.Key, fact.TimeUs);
        (profile.Taken, profile.IsDue) = (profile.Taken == node ? null : profile.Taken, false);
        node.Attempt = fact.Attempt;
        node.Cell = fact.Cell;
        node.Module = Modules.Current(node.Plan.Spec.Module);
        node.LastSeq = fact.Seq;
        node.Taken = false;
        Move(node, TaskState.Running, fact.TimeUs);
        if (node.Begun)
        {
            WatchDeadline(node);
        }
    }

    private void Wait(MissionFact.TaskWaits fact)
    {
        var node = FindRunning(fact.TaskKey, fact.Attempt);
        Require(!node.Begun, node, "begun twice");
        node.Begun = true;
        node.LastSeq = fact.Seq;
        CameBack(node);
        WatchDeadline(node);
        Touch(node, fact.TimeUs);
    }

    /// <summary>An attempt came to nothing: wait and try again, or ask for the failure to be written.</summary>
    private void Retry(TaskNode node, string code, long backoffUs, long timeUs, bool counts = true)
    {
        if (_cancelled)
        {
            End(node, TaskState.Cancelled, _stop.Code(), node.LastSeq, timeUs);
            return;
        }

        node.Code = code;
        var retry = node.Plan.Spec.Retry;
        if (node.CountedAttempts >= retry.MaxAttempts || (counts && retry.NotRetryable.Contains(code)))
        {
            Move(node, TaskState.Exhausted, timeUs);
            Pend(node);
            return;
        }

        node.RetryAtUs = timeUs + backoffUs;
        WatchDeadline(node);
        if (backoffUs == 0)
        {
            Move(node, TaskState.Ready, timeUs);
            Queue(node);
        }
        else
        {
            Move(node, TaskState.Backoff, timeUs);
            _retries.Enqueue(node, (node.RetryAtUs, node.Index));
        }
    }

    private void BurnSlice(MissionFact.SliceBurnt fact)
    {
        var node = FindRunning(fact.TaskKey, fact.Attempt);
        Require(!node.IsLong, node, "given a slice: it is long");
        ReleaseAttempt(node);
        node.IsLong = true;
        node.LastSeq = fact.Seq;
        Retry(node, "fuel_slice", 0, fact.TimeUs, counts: false);
    }

    private void Fail(MissionFact.TaskFailed fact)
    {
        var node = Find(fact.TaskKey);
        Require(node.State == TaskState.Exhausted || node.IsStartable || node.Waits, node, "failed");
        _firstFailure ??= $"{node.Key}: {fact.Code}";
        End(node, TaskState.Failed, fact.Code, fact.Seq, fact.TimeUs);
        if (_options.OnFailure == OnFailure.FailFast)
        {
            Stop(StopCause.Failure, fact.TimeUs);
        }
    }

    private void LoseHost(long timeUs)
    {
        foreach (var node in _nodes)
        {
            Work++;
            if (node.State == TaskState.Running)
            {
                Retry(node, "host_lost", 0, timeUs);
            }
        }
    }

    private TaskNode FindRunning(string taskKey, int attempt)
    {
        var node = Find(taskKey);
        Require(node.State == TaskState.Running && node.Attempt == attempt, node, $"ended in attempt {attempt}");
        return node;
    }

    private static void Require(bool possible, TaskNode node, string what)
    {
        if (!possible)
        {
            throw new InvariantException($"Task '{node.Key}' cannot be {what}: it is {node.State}, attempt {node.Attempt}.");
        }
    }
}
