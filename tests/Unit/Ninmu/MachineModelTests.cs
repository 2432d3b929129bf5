using System.Text;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Xunit;
using Xunit.Abstractions;

namespace Voxeltron.Tests.Unit.Ninmu;

/// <summary>
/// Goal: the machine's counters and queues say what the rules say. Method: random graphs and random histories with
/// refusals, aborts, lost hosts, deadlines and cancels; after every step the ready tasks in order, the due decisions
/// and the end are compared with <see cref="ReferenceMission"/>, and at the end with a machine that saw only the facts.
/// </summary>
public sealed class MachineModelTests(ITestOutputHelper output)
{
    // Four for each task and more: the largest mission drawn has about a hundred tasks with up to three attempts.
    private const int MostSteps = 4_000;

    private static readonly string[] s_onBudgets = ["pause", "drain", "kill"];
    private static readonly string[] s_onFailures = ["continue", "continue", "fail_fast", "hold"];
    private static readonly string[] s_whens = ["settled", "settled", "failed", "refused"];

    private readonly List<MissionFact> _facts = [];
    private long _nowUs = 1_000_000;
    private long _seq = 10;
    private int _incidents;
    private int _recovered;
    private int _exhausted;
    private int _retried;

    [Theory]
    [InlineData(1, 60)]
    [InlineData(20260914, 60)]
    [InlineData(0, 60)]
    [InlineData(7000, 300)]
    public void Random_missions_agree_with_the_rules_recomputed_from_scratch(int seed, int missions)
    {
        var fromClock = seed == 0;
        seed = fromClock ? Environment.TickCount : seed;
        var ends = new Dictionary<MissionStatus, int>();
        for (var i = 0; i < missions; i++)
        {
            output.WriteLine($"seed {seed + i}");
            var end = RunOne(new Random(seed + i));
            ends[end] = ends.GetValueOrDefault(end) + 1;
        }

        // A generator that never fails or never completes a mission would prove little. Held for the fixed seeds only:
        // a sample drawn from the clock has no cancelled mission now and then, and that says nothing about the machine.
        Assert.True(fromClock || (ends.GetValueOrDefault(MissionStatus.Completed) > 3 && ends.GetValueOrDefault(MissionStatus.Failed) > 3
            && ends.GetValueOrDefault(MissionStatus.Cancelled) > 0), string.Join(", ", ends));
        Assert.True(fromClock || (_exhausted > 10 && _retried > 5), $"{_exhausted} budgets used up, {_retried} tasks tried again");
        Assert.True(fromClock || (_incidents > 10 && _recovered > 5), $"{_incidents} incidents, {_recovered} of them closed by a try");
    }

    private MissionStatus RunOne(Random random)
    {
        _facts.Clear();
        var spec = RandomSpec(random);
        var started = _nowUs;
        var machine = new MissionMachine(spec, started);
        var reference = new ReferenceMission(spec);
        reference.Note(_nowUs);
        var added = 0;
        for (var step = 0; step < MostSteps && machine.Status is not (MissionStatus.Completed or MissionStatus.Failed or MissionStatus.Cancelled); step++)
        {
            Compare(machine, reference);
            if (random.Next(40) == 0)
            {
                // A takeover from a snapshot: whatever follows must come out as if there had been none.
                var bytes = Bytes(machine);
                machine = new MissionMachine(spec, started);
                Read(machine, bytes);
            }

            Step(random, spec, machine, reference, ref added, closing: step > 60);
            if (random.Next(step > 60 ? 3 : 12) == 0)
            {
                Control(random, machine, reference, closing: step > 60);
            }
            if (step == 200)
            {
                CompareWithReplay(spec, started, machine);
            }
        }

        Assert.True(machine.Status is MissionStatus.Completed or MissionStatus.Failed or MissionStatus.Cancelled, $"the mission did not end in {MostSteps} steps: {machine.Counts}");
        Assert.Empty(machine.Decide(_nowUs));
        CompareWithReplay(spec, started, machine);
        return machine.Status;
    }

    private void Step(Random random, MissionSpec spec, MissionMachine machine, ReferenceMission reference, ref int added, bool closing)
    {
        _nowUs += random.Next(4) == 0 ? random.Next(400_000) : random.Next(50);
        var inputs = spec.Inputs.Values.ToArray();
        var choice = closing ? random.Next(4, 12) : random.Next(12);
        if (choice < 4 && inputs.Length > 0)
        {
            var input = inputs[random.Next(inputs.Length)].Name;
            var item = "i" + added++;
            if (machine.AdmitItem(input, item) is null)
            {
                Tell(machine, new MissionFact.ItemAdded(input, item, ++_seq, 1, _nowUs));
                reference.Add(input, item);
            }
        }
        else if ((choice == 4 || closing) && inputs.Length > 0 && random.Next(closing ? 2 : 6) == 0)
        {
            var input = inputs[random.Next(inputs.Length)].Name;
            Tell(machine, new MissionFact.InputClosed(input, _nowUs));
            reference.Close(input);
        }
        else if (choice == 5 && random.Next(60) == 0)
        {
            Tell(machine, new MissionFact.CancelRequested(_nowUs));
            reference.Cancel();
        }
        else if (choice == 6 && random.Next(4) == 0)
        {
            Tell(machine, new MissionFact.HostLost(_nowUs));
            reference.Tasks.Where(t => t.Running).ToList().ForEach(t =>
            {
                reference.Abort(t, _nowUs, hostLost: true, "host_lost");
                reference.Budget?.Left(t);
            });
        }
        else if (choice is 7 or 8)
        {
            Decide(machine, reference);
        }
        else if (choice == 9 && reference.Tasks.Where(t => t.Running).ToArray() is { Length: > 0 } running)
        {
            EndOne(random, machine, reference, running[random.Next(running.Length)]);
        }
        else if (machine.TryTakeReady(_nowUs, out var ready))
        {
            Tell(machine, new MissionFact.TaskDispatched(ready.TaskKey, ready.Attempt, new CellId(Guid.Empty), ++_seq, _nowUs));
            var task = reference.Tasks.Single(t => t.Key == ready.TaskKey);
            task.Running = true;
            task.Attempt++;
            reference.Restarts[task.Profile].Dispatched(task.Key, _nowUs);
            reference.Budget?.Begins(task);
            if (task.Spec.Rate is { } rate)
            {
                reference.Dispatches[rate].Add(_nowUs);
            }

            if (random.Next(5) != 0)
            {
                ChargeOne(random, machine, reference, task, isBoot: true);
            }

            Assert.Equal((task.Attempt, task.Long), (ready.Attempt, ready.IsLong));
            if (random.Next(4) != 0)
            {
                EndOne(random, machine, reference, task);
            }
        }

        reference.Note(_nowUs);
    }

    /// <summary>What people do: pause and resume, top up, have a failed task tried again.</summary>
    private void Control(Random random, MissionMachine machine, ReferenceMission reference, bool closing)
    {
        var failed = reference.Tasks.Where(static t => t.End == "failed").ToArray();
        switch (random.Next(4))
        {
            case 0 when !reference.Paused && !closing:
                Tell(machine, new MissionFact.PauseRequested(_nowUs));
                reference.Paused = true;
                break;
            case 0 or 1 when reference.Paused:
                Tell(machine, new MissionFact.ResumeRequested(_nowUs));
                reference.Paused = false;
                break;
            case 2 when reference.Budget is { } budget && (reference.Exhausted is not null || random.Next(3) == 0):
                var dimension = reference.Exhausted ?? (BudgetDimension)random.Next(BudgetDimensions.Count);
                var more = BudgetAmounts.Of(dimension, dimension switch { BudgetDimension.Fuel => 300_000_000, BudgetDimension.CellMs => 200, _ => random.Next(1, 6) });
                if (machine.AdmitTopUp(more) is null)
                {
                    Tell(machine, new MissionFact.BudgetToppedUp(more, _nowUs));
                    budget.TopUp(dimension, more[dimension]);
                    reference.Exhausted = null;
                }

                break;
            case 3 when failed.Length > 0 && machine.AdmitRetry(failed[0].Key) is null:
                Tell(machine, new MissionFact.TaskRetryRequested(failed[0].Key, ++_seq, _nowUs));
                reference.TryAgain(failed[0], _nowUs);
                _retried++;
                break;
        }

        reference.Note(_nowUs);
    }

    /// <summary>The entry that says what an event cost goes before what it came to.</summary>
    private void ChargeOne(Random random, MissionMachine machine, ReferenceMission reference, ReferenceMission.TaskRecord task, bool isBoot)
    {
        if (reference.Budget is not { } budget || (isBoot ? task.BootsHeld == 0 : task.BootsHeld == 1))
        {
            return;
        }

        var fuel = random.NextInt64(task.Spec.Profile.Fuel(task.Long) + 1);
        var cellUs = random.Next(3) == 0 ? random.Next(30_000) : random.Next(2_000);
        Tell(machine, new MissionFact.EventCharged(task.Key, fuel, cellUs, isBoot, _nowUs));
        budget.Spend(BudgetDimension.Fuel, fuel);
        budget.Spend(BudgetDimension.CellMs, cellUs);
        if (isBoot)
        {
            budget.Booted(task);
        }
    }

    private void EndOne(Random random, MissionMachine machine, ReferenceMission reference, ReferenceMission.TaskRecord task)
    {
        if (reference.Budget is not null && task.BootsHeld == 1)
        {
            // Boots that failed end an attempt too, in the two ways an abort can.
            ChargeOne(random, machine, reference, task, isBoot: true);
            AbortOne(machine, reference, task);
            WriteDue(machine, reference, task.Profile);
            return;
        }

        ChargeOne(random, machine, reference, task, isBoot: false);
        reference.Budget?.Left(task);
        switch (random.Next(9))
        {
            case 3 when !task.Long:
                Tell(machine, new MissionFact.SliceBurnt(task.Key, task.Attempt, ++_seq, _nowUs));
                reference.Abort(task, _nowUs, hostLost: true, "fuel_slice");
                task.Long = true;
                break;
            case 4 when machine.Budget is { } ledger && ledger.IsLimited(BudgetDimension.CellMs) && ledger.Left(BudgetDimension.CellMs) < 2 * MissionMachine.EventCellMs:
                Tell(machine, new MissionFact.EventCut(task.Key, task.Attempt, ++_seq, _nowUs));
                task.Forgiven++;
                reference.Abort(task, _nowUs, hostLost: true, "budget_exhausted");
                break;
            case 0:
                Tell(machine, new MissionFact.TaskRefused(task.Key, task.Attempt, "no", ++_seq, _nowUs));
                (task.Running, task.End) = (false, "refused");
                reference.Restarts[task.Profile].Returned(task.Key);
                break;
            case 1 or 2:
                AbortOne(machine, reference, task);
                break;
            default:
                Tell(machine, new MissionFact.TaskCompleted(task.Key, task.Attempt, ++_seq, _nowUs));
                (task.Running, task.End) = (false, "completed");
                reference.Restarts[task.Profile].Returned(task.Key);
                break;
        }

        WriteDue(machine, reference, task.Profile);
    }

    private void AbortOne(MissionMachine machine, ReferenceMission reference, ReferenceMission.TaskRecord task)
    {
        var code = _seq % 5 == 0 ? "trap_unreachable" : "out_of_fuel";
        Tell(machine, new MissionFact.ActionAborted(task.Key, task.Attempt, code, ++_seq, _nowUs, FaultClass.ResourceExhaustion));
        reference.Restarts[task.Profile].Faulted(task.Key, _nowUs);
        reference.Abort(task, _nowUs, hostLost: false, code);
        reference.Budget?.Left(task);
    }

    /// <summary>What is due of the profile is written at once, as a host does.</summary>
    private void WriteDue(MissionMachine machine, ReferenceMission reference, string profile)
    {
        var expected = reference.Restarts[profile];
        var due = machine.DueIncident;
        Assert.Equal((expected.MustOpen, expected.MustClose), (due is { Resolution: null }, due is { Resolution: Incident.Recovered }));
        if (due is not null)
        {
            Assert.Equal((profile, expected.Count), (due.Profile, due.Faults));
            Tell(machine, due.Resolution is null ? new MissionFact.IncidentOpened(profile, ++_seq, _nowUs) : new MissionFact.IncidentClosed(profile, _nowUs));
            expected.Written(_nowUs);
            _incidents += due.Resolution is null ? 1 : 0;
            _recovered += due.Resolution is null ? 0 : 1;
        }

        Assert.Null(machine.DueIncident);
    }

    private void Decide(MissionMachine machine, ReferenceMission reference)
    {
        foreach (var decision in machine.Decide(_nowUs))
        {
            switch (decision)
            {
                case Decision.Fail fail:
                    Tell(machine, new MissionFact.TaskFailed(fail.TaskKey, fail.Code, ++_seq, _nowUs));
                    reference.Fail(reference.Tasks.Single(t => t.Key == fail.TaskKey));
                    if (reference.Cancelled)
                    {
                        // What else was due is not any more: everything has ended.
                        return;
                    }

                    break;
                case Decision.Skip skip:
                    Tell(machine, new MissionFact.TaskSkipped(skip.TaskKey, skip.Upstream, ++_seq, _nowUs));
                    var skipped = reference.Tasks.Single(t => t.Key == skip.TaskKey);
                    (skipped.End, skipped.Code) = ("skipped", skip.Upstream);
                    break;
                case Decision.Warn warn:
                    Tell(machine, new MissionFact.BudgetWarned(warn.Dimension, _nowUs));
                    break;
                case Decision.Exhaust exhaust:
                    Assert.Equal(reference.Short(_nowUs), exhaust.Dimension);
                    Tell(machine, new MissionFact.BudgetExhausted(exhaust.Dimension, exhaust.Need, _nowUs));
                    reference.Exhausted = exhaust.Dimension;
                    _exhausted++;
                    if (machine.Budget!.OnBudget == OnBudget.Kill)
                    {
                        reference.Cancel("failed");
                    }

                    break;
                case Decision.Complete complete:
                    while (machine.EndingIncident is { } open)
                    {
                        Assert.Throws<InvariantException>(() => machine.Apply(new MissionFact.MissionCompleted(_nowUs)));
                        Assert.Equal((Incident.MissionEnded, true), (open.Resolution, reference.Restarts[open.Profile].IsHeld));
                        Tell(machine, new MissionFact.IncidentClosed(open.Profile, _nowUs));
                        reference.Restarts[open.Profile].Written(_nowUs);
                    }

                    Assert.DoesNotContain(reference.Restarts.Values, static restarts => restarts.IsHeld);
                    Tell(machine, new MissionFact.MissionCompleted(_nowUs));
                    Assert.Equal(complete.Status, machine.Status.Word());
                    break;
            }
        }
    }

    private void Tell(MissionMachine machine, MissionFact fact)
    {
        machine.Apply(fact);
        _facts.Add(fact);
    }

    private void Compare(MissionMachine machine, ReferenceMission reference)
    {
        CompareBudget(machine, reference);
        CompareReady(machine, reference);
        CompareWake(machine, reference);
        Assert.Equal(reference.Ready(_nowUs).Any(), machine.HasReady(_nowUs));
        var decisions = machine.Decide(_nowUs);
        if (decisions is [Decision.Warn] or [Decision.Exhaust])
        {
            Assert.Equal(decisions is [Decision.Exhaust], reference.Short(_nowUs) is not null && machine.Budget!.ToWarn is null);
            return;
        }

        Assert.Null(reference.Short(_nowUs));
        Assert.Equal(reference.IsOver, decisions is [Decision.Complete]);
        Assert.True(decisions is not [Decision.Complete] || !reference.Cancelled || machine.StopCode is not null);
        if (decisions is not [Decision.Complete])
        {
            Assert.Equal(reference.Decisions(_nowUs).Order(), decisions.Select(Text).Order());
        }

        var counts = machine.Counts;
        Assert.Equal(reference.Tasks.Count, counts.Total);
        Assert.Equal(reference.Tasks.Count(t => t.Running), counts.Running);
        Assert.Equal(reference.Tasks.Count(t => t.End == "completed"), counts.Completed);
        Assert.Equal(reference.Tasks.Count(t => t.End == "refused"), counts.Refused);
        Assert.Equal(reference.Tasks.Count(t => t.End == "failed"), counts.Failed);
        Assert.Equal(reference.Tasks.Count(t => t.End == "skipped"), counts.Skipped);
        Assert.Equal(reference.Tasks.Count(t => t.End == "cancelled"), counts.Cancelled);
        Assert.Equal(counts.Total, counts.Waiting + counts.Running + counts.Completed + counts.Refused + counts.Failed + counts.Skipped + counts.Cancelled);
        foreach (var task in reference.Tasks)
        {
            var snapshot = machine.Task(task.Key);
            Assert.Equal(task.End ?? (task.Running ? "running" : snapshot.Status), snapshot.Status);
            Assert.True(snapshot.Status != "waiting" || snapshot.WaitingFor is not null, $"{task.Key} waits for no named reason");
        }
    }

    private void CompareReady(MissionMachine machine, ReferenceMission reference)
    {
        var (expected, actual) = (reference.Ready(_nowUs).ToList(), ReadyOrder(machine));
        if (!expected.SequenceEqual(actual))
        {
            var first = expected.Except(actual).Concat(actual.Except(expected)).Concat(expected).First();
            Assert.Fail($"""
                At {_nowUs} should be ready [{string.Join(" ", expected)}], are [{string.Join(" ", actual)}].
                {machine.Task(first)}
                {string.Join("\n", _facts.Where(fact => fact.ToString().Contains(first + ",", StringComparison.Ordinal)))}
                """);
        }
    }

    /// <summary>Whoever sleeps until the machine's next wake misses nothing: no task begins to be ready, or stops, before it.</summary>
    private void CompareWake(MissionMachine machine, ReferenceMission reference)
    {
        var wakeUs = machine.NextWakeUs ?? _nowUs + 3_600_000_000;
        if (wakeUs > _nowUs && machine.Decide(_nowUs).Count == 0)
        {
            Assert.Equal(reference.Ready(_nowUs), reference.Ready(wakeUs - 1));
            Assert.Equal(reference.Decisions(_nowUs), reference.Decisions(wakeUs - 1));
        }
    }

    /// <summary>At every instant: what is spent and held is within the limit, and nothing that was measured is missing.</summary>
    private static void CompareBudget(MissionMachine machine, ReferenceMission reference)
    {
        if (reference.Budget is not { } expected)
        {
            Assert.Null(machine.Budget);
            return;
        }

        var ledger = machine.Budget!;
        for (var i = 0; i < BudgetDimensions.Count; i++)
        {
            var dimension = (BudgetDimension)i;
            Assert.Equal(expected.Limit(dimension), ledger.Limit(dimension));
            Assert.Equal(expected.Held(dimension), ledger.Held(dimension));
            Assert.Equal(expected.Measured(dimension), ledger.Spent(dimension) + ledger.Over(dimension));
            Assert.True((Int128)ledger.Spent(dimension) + ledger.Held(dimension) <= ledger.Limit(dimension), dimension.Word());
            // Time alone can come to more than was held: fuel, boots and tasks are cut or counted exactly.
            Assert.True(ledger.Over(dimension) == 0 || dimension == BudgetDimension.CellMs, dimension.Word());
        }
    }

    private void CompareWithReplay(MissionSpec spec, long started, MissionMachine machine)
    {
        var replayed = new MissionMachine(spec, started);
        foreach (var fact in _facts)
        {
            replayed.Apply(fact);
        }

        Assert.Equal(machine.Counts, replayed.Counts);
        Assert.Equal(machine.Status, replayed.Status);
        Assert.Equal(machine.Reason, replayed.Reason);
        Assert.Equal(machine.TimeModifiedUs, replayed.TimeModifiedUs);
        Assert.Equal(ReadyOrder(machine), ReadyOrder(replayed));
        Assert.Equal(machine.Decide(_nowUs).Select(Text).Order(), replayed.Decide(_nowUs).Select(Text).Order());
        var bytes = Bytes(machine);
        Assert.Equal(bytes, Bytes(replayed));
        var read = new MissionMachine(spec, started);
        Read(read, bytes);
        Assert.Empty(read.DrainChanges());
        Assert.Equal(bytes, Bytes(read));
        Assert.Equal(machine.Counts, read.Counts);
        Assert.Equal((machine.Status, machine.Reason, machine.TimeModifiedUs), (read.Status, read.Reason, read.TimeModifiedUs));
        Assert.Equal(ReadyOrder(machine), ReadyOrder(read));
        Assert.Equal(machine.Decide(_nowUs).Select(Text).Order(), read.Decide(_nowUs).Select(Text).Order());
        Assert.Equal(machine.Tasks.Select(OfFacts), read.Tasks.Select(OfFacts));
        Assert.Equal(machine.Tasks.Select(s => machine.InputOf(s.TaskKey)), read.Tasks.Select(s => read.InputOf(s.TaskKey)));
        var live = replayed.DrainChanges();
        Assert.Equal(live.Count, machine.Counts.Total);
        Assert.Equal(live.Select(s => OfFacts(machine.Task(s.TaskKey))), live.Select(OfFacts));
        Assert.Equal(live.Select(s => machine.InputOf(s.TaskKey)), live.Select(s => replayed.InputOf(s.TaskKey)));
    }

    /// <summary>What keeps a ready task is what it was last met with by somebody who looked for one: it follows from no fact.</summary>
    private static TaskSnapshot OfFacts(TaskSnapshot task) => task.Status == "ready" ? task with { WaitingFor = null } : task;

    private static byte[] Bytes(MissionMachine machine) => Written.By(target =>
    {
        machine.Write(target);
        machine.WriteRestarts(target);
        machine.WriteControl(target);
    });

    private static void Read(MissionMachine machine, byte[] bytes)
    {
        var source = new BinaryReader(new MemoryStream(bytes));
        machine.Read(source);
        machine.ReadRestarts(source);
        machine.ReadControl(source);
    }

    /// <summary>Takes everything that may start now and gives it back: the order of dispatch.</summary>
    private List<string> ReadyOrder(MissionMachine machine)
    {
        var keys = new List<string>();
        while (machine.TryTakeReady(_nowUs, out var ready))
        {
            keys.Add(ready.TaskKey);
        }

        keys.ForEach(machine.Returned);
        return keys;
    }

    private static string Text(Decision decision) => decision switch
    {
        Decision.Fail fail => "fail " + fail.TaskKey,
        Decision.Skip skip => "skip " + skip.TaskKey,
        _ => decision.ToString(),
    };

    private static MissionSpec RandomSpec(Random random)
    {
        var inputs = Enumerable.Range(0, random.Next(3)).Select(i => (Name: "in" + i, Single: random.Next(3) == 0)).ToArray();
        var tasks = new List<string>();
        var maps = new List<string?>();
        for (var i = random.Next(1, 7); i > 0; i--)
        {
            var id = "t" + tasks.Count;
            var input = inputs.Length > 0 && random.Next(3) > 0 ? inputs[random.Next(inputs.Length)] : default;
            var map = input.Name is not null && !input.Single ? input.Name : null;
            var text = new StringBuilder($"{{'id':'{id}'");
            text.Append(input.Name is null ? "" : map is null ? $",'input':'{input.Name}'"
                : random.Next(3) == 0 ? $",'map':{{'over':'{map}','max_parallel':{random.Next(1, 3)}}}" : $",'map':'{map}'");
            text.Append(random.Next(3) == 0 ? $",'priority':{random.Next(1, 6)}" : "");
            text.Append(random.Next(4) == 0 ? ",'rate':'r'" : "");
            var upstream = Enumerable.Range(0, tasks.Count)
                .Where(u => random.Next(3) == 0 && (map is null || maps[u] is null || maps[u] == map))
                .Select(u => random.Next(2) == 0 ? $"'t{u}'" : $"{{'task':'t{u}','when':'{s_whens[random.Next(s_whens.Length)]}'}}");
            text.Append($",'dependsOn':[{string.Join(",", upstream)}]");
            text.Append($",'retry':{{'max_attempts':{random.Next(1, 4)},'backoff_ms':{random.Next(2) * 100}{(random.Next(3) == 0 ? $",'factor':{random.Next(1, 4)},'max_backoff_ms':250" : "")}{(random.Next(4) == 0 ? ",'not_retryable':['trap_unreachable']" : "")}}}");
            text.Append(random.Next(2) == 0 ? ",'profile':'p'" : "");
            text.Append(random.Next(3) == 0 ? $",'deadline_ms':{random.Next(1, 1_000)}" : "").Append('}');
            tasks.Add(text.ToString());
            maps.Add(map);
        }

        // Shuffled, so that upstream tasks are not always declared first.
        var hold = random.Next(1, 300);
        string[] limits = ["'tasks':" + random.Next(20), "'boots':" + random.Next(40), "'fuel':" + random.NextInt64(1_000_000_000), "'cell_ms':" + random.Next(400)];
        var budget = random.Next(2) == 0
            ? $"'budget':{{'limits':{{{string.Join(",", limits.Where(_ => random.Next(3) == 0))}}},'escrow_percent':{random.Next(3)}}},'onBudget':'{s_onBudgets[random.Next(s_onBudgets.Length)]}',"
            : "";
        return Specs.WithOptions(
            $"{budget}'onFailure':'{s_onFailures[random.Next(s_onFailures.Length)]}','rates':{{'r':{{'tasks':{random.Next(1, 4)},'period_ms':{random.Next(1, 500)}}}}},",
            $"'p':{{'restart':{{'intensity':{random.Next(3)},'period_ms':{random.Next(1, 2_000)},'hold_ms':{hold},'max_hold_ms':{hold * random.Next(1, 5)}}}}}",
            string.Join(",", inputs.Select(i => $"'{i.Name}':{{'single':{(i.Single ? "true" : "false")}}}")),
            [.. tasks.OrderBy(_ => random.Next())]);
    }
}
