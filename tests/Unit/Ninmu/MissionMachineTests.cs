using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Xunit;

namespace Voxeltron.Tests.Unit.Ninmu;

/// <summary>The rules one by one, on small missions; the model test covers their combinations.</summary>
public sealed class MissionMachineTests
{
    private static readonly CellId Cell = new(Guid.Empty);
    private long _seq = 100;

    [Fact]
    public void A_retry_waits_twice_as_long_each_time_and_the_last_abort_names_the_failure()
    {
        var machine = new MissionMachine(Specs.Of("", "{'id':'a','retry':{'max_attempts':3,'backoff_ms':100}}"), 0);
        AbortOnce(machine, "a", 1, 1_000);
        Assert.Equal(("waiting", "retry at 1970-01-01T00:00:00.101000Z"), (machine.Task("a").Status, machine.Task("a").WaitingFor));
        Assert.Equal(101_000, machine.NextWakeUs);
        Assert.False(machine.TryTakeReady(100_999, out _));
        AbortOnce(machine, "a", 2, 101_000);
        Assert.Equal(301_000, machine.NextWakeUs);
        AbortOnce(machine, "a", 3, 301_000);
        Assert.Null(machine.NextWakeUs);
        Assert.Equal([new Decision.Fail("a", 3, "out_of_fuel")], machine.Decide(301_000));
        machine.Apply(new MissionFact.TaskFailed("a", "out_of_fuel", 9, 301_000));
        Assert.Equal([new Decision.Complete("failed", "1 failed, first a: out_of_fuel")], machine.Decide(301_000));
        Assert.Equal(MissionStatus.Running, machine.Status);
        machine.Apply(new MissionFact.MissionCompleted(301_001));
        Assert.Equal(MissionStatus.Failed, machine.Status);
        Assert.Empty(machine.Decide(301_001));
    }

    [Fact]
    public void A_burnt_slice_makes_a_task_long_at_once_and_counts_as_no_attempt()
    {
        var machine = new MissionMachine(Specs.Of("", "{'id':'a','retry':{'max_attempts':2,'backoff_ms':100}}"), 0);
        Assert.True(machine.TryTakeReady(1_000, out var first));
        Assert.False(first.IsLong);
        Dispatch(machine, "a", 1, 1_000);
        machine.Apply(new MissionFact.SliceBurnt("a", 1, ++_seq, 1_000));
        Assert.True(machine.Task("a").IsLong);
        Assert.True(machine.TryTakeReady(1_000, out var second));
        Assert.Equal((2, true), (second.Attempt, second.IsLong));
        Dispatch(machine, "a", 2, 1_000);
        Assert.Throws<InvariantException>(() => machine.Apply(new MissionFact.SliceBurnt("a", 2, ++_seq, 1_000)));
        machine.Apply(new MissionFact.ActionAborted("a", 2, "out_of_fuel", ++_seq, 1_000));
        // The first counted attempt: the first backoff, and one more to come.
        Assert.Equal(101_000, machine.NextWakeUs);
        AbortOnce(machine, "a", 3, 101_000);
        Assert.Equal([new Decision.Fail("a", 3, "out_of_fuel")], machine.Decide(101_000));
    }

    /// <summary>A reload that came to nothing leaves tasks that ran the version it led to: whoever read the state must know as much as whoever lived it.</summary>
    [Fact]
    public void A_state_with_a_failed_reload_behind_it_is_written_the_same_by_who_lived_it_and_who_read_it()
    {
        var spec = Specs.Of("", "{'id':'a'},{'id':'b'}");
        var lived = new MissionMachine(spec, 0);
        var declared = spec.ModuleDigests[0];
        var (second, third) = (new ModuleDigest(new string('2', 64)), new ModuleDigest(new string('3', 64)));
        foreach (var task in (string[])["a", "b"])
        {
            Assert.True(lived.TryTakeReady(1, out _));
            Dispatch(lived, task, 1, 1);
            lived.Apply(new MissionFact.TaskWaits(task, 1, ++_seq, 1));
        }

        lived.Apply(new MissionFact.ReloadBegan(declared, declared, second, ++_seq, 1));
        lived.Apply(new MissionFact.CellReplaced("a", 1, new CellId(Guid.NewGuid()), second, ++_seq, 1));
        Assert.Throws<InvariantException>(() => lived.Apply(new MissionFact.Reloaded(1)));
        lived.Apply(new MissionFact.TaskCompleted("a", 1, ++_seq, 1));
        lived.Apply(new MissionFact.ReloadFailed("trap", 1));
        lived.Apply(new MissionFact.Restored(1));
        var read = new MissionMachine(spec, 0);
        var bytes = Bytes(lived);
        using (var source = new BinaryReader(new MemoryStream(bytes)))
        {
            read.Read(source);
            if (lived.Modules.HasReloaded)
            {
                read.ReadModules(source);
            }
        }

        foreach (var machine in (MissionMachine[])[lived, read])
        {
            machine.Apply(new MissionFact.ReloadBegan(declared, declared, third, 200, 2));
            machine.Apply(new MissionFact.CellReplaced("b", 1, Cell, third, 201, 2));
            machine.Apply(new MissionFact.Reloaded(2));
            Assert.True(machine.Modules.HasReloaded);
            Assert.Equal((second, third), (machine.Task("a").Module, machine.Task("b").Module));
        }

        Assert.Equal(Bytes(lived), Bytes(read));
    }

    private static byte[] Bytes(MissionMachine machine) => Written.By(target =>
    {
        machine.Write(target);
        if (machine.Modules.HasReloaded)
        {
            machine.WriteModules(target);
        }
    });

    [Fact]
    public void A_deadline_counts_from_eligibility_and_stops_further_attempts()
    {
        var machine = new MissionMachine(Specs.Of("'r':{'single':true}", "{'id':'a','input':'r','deadline_ms':1}"), 0);
        Assert.Null(machine.NextWakeUs);
        Assert.Equal("input r open", machine.Task("a").WaitingFor);
        machine.Apply(new MissionFact.ItemAdded("r", "x", 3, 1, 50_000));
        Assert.Equal(51_000, machine.NextWakeUs);
        Assert.Empty(machine.Decide(50_999));
        Assert.False(machine.TryTakeReady(51_000, out _));
        Assert.Equal([new Decision.Fail("a", 0, "deadline_exceeded")], machine.Decide(51_000));
        Assert.Equal(machine.Decide(51_000), machine.Decide(51_000));
    }

    [Fact]
    public void Skips_cascade_through_the_graph_and_settled_edges_stop_them()
    {
        var machine = new MissionMachine(Specs.Of(
            "", "{'id':'a'}", "{'id':'b','dependsOn':['a']}", "{'id':'c','dependsOn':['b']}", "{'id':'d','dependsOn':[{'task':'c','when':'settled'}]}"), 0);
        Run(machine, "a", 1, refuse: true);
        var written = new List<Decision>();
        while (machine.Decide(5) is { Count: > 0 } decisions)
        {
            foreach (var skip in decisions.Cast<Decision.Skip>())
            {
                written.Add(skip);
                machine.Apply(new MissionFact.TaskSkipped(skip.TaskKey, skip.Upstream, ++_seq, 5));
            }
        }

        Assert.Equal([new Decision.Skip("b", "a"), new Decision.Skip("c", "b")], written);
        Assert.True(machine.TryTakeReady(5, out var ready));
        Assert.Equal("d", ready.TaskKey);
        Assert.Equal(("skipped", "b"), (machine.Task("c").Status, machine.Task("c").OutcomeCode));
    }

    [Fact]
    public void A_join_waits_until_the_input_is_closed_and_every_item_ended()
    {
        var machine = new MissionMachine(Specs.Of("'in':{}", "{'id':'m','map':'in'}", "{'id':'j','dependsOn':['m']}"), 0);
        machine.Apply(new MissionFact.ItemAdded("in", "x", 3, 1, 1));
        Run(machine, "m/x", 1);
        Assert.Equal("input in open", machine.Task("j").WaitingFor);
        machine.Apply(new MissionFact.ItemAdded("in", "y", 4, 1, 2));
        machine.Apply(new MissionFact.InputClosed("in", 3));
        Assert.Equal("task m: 1 items left", machine.Task("j").WaitingFor);
        Run(machine, "m/y", 1);
        Assert.True(machine.TryTakeReady(9, out var ready));
        Assert.Equal("j", ready.TaskKey);
    }

    [Fact]
    public void A_join_over_no_items_runs_and_a_reader_of_an_empty_single_input_is_skipped()
    {
        var machine = new MissionMachine(Specs.Of(
            "'in':{},'one':{'single':true}", "{'id':'m','map':'in'}", "{'id':'j','dependsOn':['m']}", "{'id':'r','input':'one'}"), 0);
        machine.Apply(new MissionFact.InputClosed("in", 3));
        machine.Apply(new MissionFact.InputClosed("one", 3));
        machine.Apply(new MissionFact.InputClosed("one", 3));
        Assert.True(machine.TryTakeReady(9, out var ready));
        Assert.Equal("j", ready.TaskKey);
        Assert.Equal([new Decision.Skip("r", "input:one")], machine.Decide(9));
    }

    [Fact]
    public void Inputs_come_from_the_item_or_from_the_named_result()
    {
        var machine = new MissionMachine(Specs.Of(
            "'in':{}", "{'id':'one'}", "{'id':'m','map':'in'}", "{'id':'n','map':'in','dependsOn':['m'],'inputFrom':'m'}",
            "{'id':'two','dependsOn':['one'],'inputFrom':'one'}"), 0);
        machine.Apply(new MissionFact.ItemAdded("in", "x", 33, 1, 1));
        Assert.Equal("task m/x", machine.Task("n/x").WaitingFor);
        Assert.Equal(new TaskInput(TaskInputKind.None, 0, null), machine.InputOf("one"));
        Assert.Equal(new TaskInput(TaskInputKind.Item, 33, null), machine.InputOf("m/x"));
        Run(machine, "one", 1);
        var single = _seq;
        Run(machine, "m/x", 1);
        Assert.Equal(new TaskInput(TaskInputKind.Result, _seq, "m/x"), machine.InputOf("n/x"));
        Assert.Equal(new TaskInput(TaskInputKind.Result, single, "one"), machine.InputOf("two"));
    }

    [Fact]
    public void A_lost_host_sends_running_tasks_back_until_attempts_are_used_up()
    {
        var machine = new MissionMachine(Specs.Of("", "{'id':'a','retry':{'max_attempts':2}}"), 0);
        Dispatch(machine, "a", 1, 1);
        machine.Apply(new MissionFact.HostLost(2));
        Assert.True(machine.TryTakeReady(2, out var ready));
        Assert.Equal(2, ready.Attempt);
        Dispatch(machine, "a", 2, 3);
        machine.Apply(new MissionFact.HostLost(4));
        Assert.Equal([new Decision.Fail("a", 2, "host_lost")], machine.Decide(4));
    }

    [Fact]
    public void A_cancel_ends_what_does_not_run_and_waits_for_what_does()
    {
        var machine = new MissionMachine(Specs.Of("'in':{}", "{'id':'a'}", "{'id':'b','dependsOn':['a']}", "{'id':'m','map':'in'}"), 0);
        machine.Apply(new MissionFact.ItemAdded("in", "x", 33, 1, 1));
        Dispatch(machine, "a", 1, 1);
        machine.Apply(new MissionFact.CancelRequested(2));
        Assert.Equal(["running", "cancelled", "cancelled"], new[] { "a", "b", "m/x" }.Select(k => machine.Task(k).Status));
        Assert.Equal("mission_ended", machine.AdmitItem("in", "y"));
        Assert.Empty(machine.Decide(3));
        machine.Apply(new MissionFact.ActionAborted("a", 1, "out_of_fuel", 7, 3));
        Assert.Equal([new Decision.Complete("cancelled", "cancel requested")], machine.Decide(3));
    }

    [Fact]
    public void An_item_is_admitted_or_refused_by_name()
    {
        var machine = new MissionMachine(Specs.Of("'in':{'max_items':2},'one':{'single':true}", "{'id':'m','map':'in'}"), 0);
        Assert.Equal("unknown_input", machine.AdmitItem("no", "x"));
        Assert.Equal("bad_item_key", machine.AdmitItem("in", "a/b"));
        Assert.Equal("bad_item_key", machine.AdmitItem("in", new string('x', 65)));
        Assert.Null(machine.AdmitItem("in", "x"));
        machine.Apply(new MissionFact.ItemAdded("in", "x", 1, 1, 1));
        Assert.Equal("duplicate_item", machine.AdmitItem("in", "x"));
        machine.Apply(new MissionFact.ItemAdded("in", "y", 2, 1, 1));
        Assert.Equal("too_many_items", machine.AdmitItem("in", "z"));
        machine.Apply(new MissionFact.InputClosed("in", 1));
        Assert.Equal("input_closed", machine.AdmitItem("in", "z"));
        machine.Apply(new MissionFact.ItemAdded("one", "x", 3, 1, 1));
        Assert.Equal("input_closed", machine.AdmitItem("one", "y"));
    }

    [Fact]
    public void Impossible_facts_are_bugs_and_change_nothing()
    {
        var machine = new MissionMachine(Specs.Of("'in':{}", "{'id':'a'}", "{'id':'b','dependsOn':['a']}"), 0);
        Dispatch(machine, "a", 1, 1);
        var counts = machine.Counts;
        MissionFact[] impossible =
        [
            new MissionFact.TaskDispatched("nobody", 1, Cell, 5, 5),
            new MissionFact.TaskDispatched("a", 2, Cell, 5, 5),
            new MissionFact.TaskDispatched("b", 1, Cell, 5, 5),
            new MissionFact.TaskCompleted("a", 2, 5, 5),
            new MissionFact.TaskCompleted("b", 1, 5, 5),
            new MissionFact.TaskRefused("a", 0, "no", 5, 5),
            new MissionFact.ActionAborted("b", 1, "no", 5, 5),
            new MissionFact.TaskFailed("a", "no", 5, 5),
            new MissionFact.TaskSkipped("b", "a", 5, 5),
            new MissionFact.ItemAdded("no", "x", 5, 1, 5),
            new MissionFact.InputClosed("no", 5),
            new MissionFact.MissionCompleted(5),
        ];
        foreach (var fact in impossible)
        {
            Assert.Throws<InvariantException>(() => machine.Apply(fact));
        }

        Assert.Equal(counts, machine.Counts);
        Assert.Equal(1, machine.TimeModifiedUs);
    }

    [Fact]
    public void Changes_are_drained_once_each_with_their_latest_state()
    {
        var machine = new MissionMachine(Specs.Of("", "{'id':'a'}", "{'id':'b','dependsOn':['a']}"), 7);
        Assert.Equal(["a ready", "b waiting"], machine.DrainChanges().Select(s => $"{s.TaskKey} {s.Status}"));
        Assert.Empty(machine.DrainChanges());
        Run(machine, "a", 1);
        Assert.Equal(["a completed", "b ready"], machine.DrainChanges().Select(s => $"{s.TaskKey} {s.Status}"));
        Assert.Empty(machine.DrainChanges());
    }

    [Theory]
    [InlineData("when-all-complete", 0)]
    [InlineData("when-the-first-is-refused", 1)]
    [InlineData("when-all-are-refused", int.MaxValue)]
    public void Work_for_a_fan_out_grows_as_its_items_and_no_faster(string _, int refused)
    {
        var small = WorkOf(1_000, refused);
        var large = WorkOf(10_000, refused);
        Assert.InRange(large, 10_000, 60L * 10_000);
        Assert.InRange((double)large / small, 9.5, 10.5);
    }

    /// <summary>One reference task broadcast to a chain of two mapped tasks, joined: drained as a host does, in batches.</summary>
    private long WorkOf(int items, int refused)
    {
        var machine = new MissionMachine(Specs.Of(
            "'in':{},'ref':{'single':true}",
            "{'id':'load','input':'ref'}",
            "{'id':'m','map':'in','dependsOn':['load'],'deadline_ms':1000}",
            "{'id':'n','map':'in','dependsOn':['m'],'inputFrom':'m'}",
            "{'id':'j','dependsOn':[{'task':'n','when':'settled'}]}"), 0);
        for (var i = 0; i < items; i++)
        {
            machine.Apply(new MissionFact.ItemAdded("in", "i" + i, i + 2, 1, 1));
        }

        machine.Apply(new MissionFact.ItemAdded("ref", "r", items + 2, 1, 1));
        machine.Apply(new MissionFact.InputClosed("in", 2));
        for (var ran = 0; machine.Status is MissionStatus.Open or MissionStatus.Running; ran++)
        {
            foreach (var decision in machine.Decide(3))
            {
                machine.Apply(decision switch
                {
                    Decision.Skip skip => new MissionFact.TaskSkipped(skip.TaskKey, skip.Upstream, ++_seq, 3),
                    _ => new MissionFact.MissionCompleted(3),
                });
            }

            if (machine.TryTakeReady(3, out var ready))
            {
                Run(machine, ready.TaskKey, ready.Attempt, refuse: ready.TaskId == "m" && ran <= refused);
            }

            if (ran % 16 == 0)
            {
                machine.DrainChanges();
                _ = machine.NextWakeUs;
            }
        }

        Assert.Equal(2 * items + 2, machine.Counts.Total);
        Assert.Equal(MissionStatus.Completed, machine.Status);
        return machine.Work;
    }

    private void Run(MissionMachine machine, string key, int attempt, bool refuse = false)
    {
        Dispatch(machine, key, attempt, 3);
        machine.Apply(refuse
            ? new MissionFact.TaskRefused(key, attempt, "no", ++_seq, 3)
            : new MissionFact.TaskCompleted(key, attempt, ++_seq, 3));
    }

    private void Dispatch(MissionMachine machine, string key, int attempt, long timeUs) =>
        machine.Apply(new MissionFact.TaskDispatched(key, attempt, Cell, ++_seq, timeUs));

    private void AbortOnce(MissionMachine machine, string key, int attempt, long nowUs)
    {
        Assert.True(machine.TryTakeReady(nowUs, out var ready));
        Assert.Equal((key, attempt), (ready.TaskKey, ready.Attempt));
        Assert.False(machine.TryTakeReady(nowUs, out _));
        Dispatch(machine, key, attempt, nowUs);
        machine.Apply(new MissionFact.ActionAborted(key, attempt, "out_of_fuel", ++_seq, nowUs));
    }
}
