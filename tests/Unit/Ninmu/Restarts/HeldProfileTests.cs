using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Xunit;

namespace Voxeltron.Tests.Unit.Ninmu;

/// <summary>What a mission does while the restart policy of one of its profiles holds it; the model test covers the combinations.</summary>
public sealed class HeldProfileTests
{
    private const string Profile = "'p':{'restart':{'intensity':1,'period_ms':1000,'hold_ms':50,'max_hold_ms':80}}";
    private const string Retry = "'retry':{'max_attempts':9,'backoff_ms':0}";

    private static readonly CellId Cell = new(Guid.Empty);
    private long _seq = 100;

    [Fact]
    public void A_policy_is_what_the_spec_says_and_the_default_where_it_says_nothing()
    {
        var spec = Specs.With("'p':{'restart':{'intensity':0,'hold_ms':90000}},'q':{'restart':{}},'r':{}", "", "{'id':'a'}");
        Assert.Equal(new RestartPolicy(0, 10_000, 90_000, 90_000), spec.Restarts["p"]);
        Assert.Equal(RestartPolicy.Default, spec.Restarts["q"]);
        Assert.Equal(["p", "q"], spec.Restarts.Keys);
    }

    [Fact]
    public void A_crash_loop_is_due_at_once_holds_its_profile_alone_and_lets_one_task_try()
    {
        var machine = new MissionMachine(Specs.With(Profile, "'in':{}", $"{{'id':'bad','map':'in','profile':'p',{Retry}}}", "{'id':'good','map':'in'}"), 0);
        foreach (var item in (string[])["x", "y"])
        {
            machine.Apply(new MissionFact.ItemAdded("in", item, ++_seq, 1, 0));
        }

        Crash(machine, "bad/x", 1, 1_000);
        Assert.Null(machine.DueIncident);
        Assert.True(machine.HasRestarts);
        Crash(machine, "bad/x", 2, 2_000);
        var due = machine.DueIncident!;
        Assert.Equal(("p", 2, 0L, new FaultOrigin("bad/x", Cell, "trap_unreachable", FaultClass.TransientCrash, _seq)), (due.Profile, due.Faults, due.OpenedSeq, due.Newest));

        // Not written yet: nothing of the profile goes out, and a host that tries is wrong.
        Assert.Equal(["good/x", "good/y"], Ready(machine, 2_000));
        Assert.Throws<InvariantException>(() => Dispatch(machine, "bad/x", 3, 2_000));
        machine.Apply(new MissionFact.IncidentOpened("p", ++_seq, 3_000));
        Assert.Null(machine.DueIncident);
        Assert.Equal(["good/x", "good/y"], Ready(machine, 52_999));
        Assert.Throws<InvariantException>(() => Dispatch(machine, "bad/x", 3, 52_999));
        Dispatch(machine, "good/x", 1, 4_000);
        machine.Apply(new MissionFact.TaskCompleted("good/x", 1, ++_seq, 4_000));
        Dispatch(machine, "good/y", 1, 4_000);
        machine.Apply(new MissionFact.TaskCompleted("good/y", 1, ++_seq, 4_000));

        Assert.False(machine.HasReady(52_999));
        Assert.Equal(53_000, machine.NextWakeUs);
        Assert.Equal(["bad/x"], Ready(machine, 53_000));
        Assert.True(machine.TryTakeReady(53_000, out var tried));
        Assert.False(machine.HasReady(53_000));
        Dispatch(machine, tried.TaskKey, tried.Attempt, 53_000);
        Assert.Empty(Ready(machine, 60_000));
        machine.Apply(new MissionFact.ActionAborted("bad/x", 3, "trap_unreachable", ++_seq, 61_000, FaultClass.TransientCrash));
        Assert.Empty(Ready(machine, 140_999));
        Assert.Equal(["bad/x"], Ready(machine, 141_000));
        Dispatch(machine, "bad/x", 4, 141_000);
        machine.Apply(new MissionFact.TaskCompleted("bad/x", 4, ++_seq, 141_001));
        Assert.Equal((Incident.Recovered, "bad/x", 3, 2), (machine.DueIncident!.Resolution, machine.DueIncident.ClosedBy, machine.DueIncident.Faults, machine.DueIncident.Holds));
        Assert.Empty(Ready(machine, long.MaxValue - 1));
        machine.Apply(new MissionFact.IncidentClosed("p", 141_002));
        Assert.Equal(["bad/y"], Ready(machine, 141_002));
        Assert.False(machine.HasRestarts);
        var drained = Assert.Single(machine.DrainIncidents());
        Assert.Equal((Incident.Recovered, 141_002L), (drained.Resolution, drained.TimeClosedUs));
        Assert.Empty(machine.DrainIncidents());
    }

    [Fact]
    public void A_deadline_ends_a_held_task_and_the_end_of_the_mission_its_incident()
    {
        var machine = new MissionMachine(Specs.With(Profile, "", $"{{'id':'bad','profile':'p','deadline_ms':20,{Retry}}}"), 0);
        Crash(machine, "bad", 1, 1_000);
        Crash(machine, "bad", 2, 2_000);
        machine.Apply(new MissionFact.IncidentOpened("p", ++_seq, 2_000));
        Assert.False(machine.HasReady(10_000));
        Assert.Equal(20_000, machine.NextWakeUs);
        Assert.Equal([new Decision.Fail("bad", 2, "deadline_exceeded")], machine.Decide(20_000));
        Assert.Null(machine.EndingIncident);
        machine.Apply(new MissionFact.TaskFailed("bad", "deadline_exceeded", ++_seq, 20_000));
        Assert.Null(machine.NextWakeUs);
        Assert.Throws<InvariantException>(() => machine.Apply(new MissionFact.MissionCompleted(20_000)));
        Assert.Equal(Incident.MissionEnded, machine.EndingIncident!.Resolution);
        machine.Apply(new MissionFact.IncidentClosed("p", 20_001));
        machine.Apply(new MissionFact.MissionCompleted(20_001));
        Assert.Equal(MissionStatus.Failed, machine.Status);
    }

    [Fact]
    public void A_cancel_ends_held_tasks_at_once()
    {
        var machine = new MissionMachine(Specs.With(Profile, "", $"{{'id':'bad','profile':'p',{Retry}}}"), 0);
        Crash(machine, "bad", 1, 1_000);
        Crash(machine, "bad", 2, 2_000);
        machine.Apply(new MissionFact.IncidentOpened("p", ++_seq, 2_000));
        machine.Apply(new MissionFact.CancelRequested(3_000));
        Assert.Equal("cancelled", machine.Task("bad").Status);
        Assert.False(machine.HasReady(long.MaxValue - 1));
        Assert.NotNull(machine.EndingIncident);
    }

    [Fact]
    public void A_lost_host_takes_its_try_with_it_and_the_next_owner_tries_again_at_once()
    {
        var machine = new MissionMachine(Specs.With(Profile, "", $"{{'id':'bad','profile':'p',{Retry}}}"), 0);
        Crash(machine, "bad", 1, 1_000);
        Crash(machine, "bad", 2, 2_000);
        machine.Apply(new MissionFact.HostLost(3_000));
        Assert.NotNull(machine.DueIncident);
        machine.Apply(new MissionFact.IncidentOpened("p", ++_seq, 3_000));
        Dispatch(machine, "bad", 3, 60_000);
        Assert.True(machine.IsTried("bad"));
        machine.Apply(new MissionFact.HostLost(61_000));
        Assert.False(machine.IsTried("bad"));
        Assert.Equal(["bad"], Ready(machine, 61_000));
        // It waits, and a later event of it comes back clean.
        Dispatch(machine, "bad", 4, 61_000);
        machine.Apply(new MissionFact.EventReturned("bad", 4, 62_000));
        Assert.Equal(Incident.Recovered, machine.DueIncident!.Resolution);
    }

    [Fact]
    public void Who_read_the_state_and_who_lived_it_hold_the_same()
    {
        var spec = Specs.With(Profile, "'in':{}", $"{{'id':'bad','map':'in','profile':'p',{Retry}}}", "{'id':'good','map':'in'}");
        var lived = new MissionMachine(spec, 0);
        foreach (var item in (string[])["x", "y"])
        {
            lived.Apply(new MissionFact.ItemAdded("in", item, ++_seq, 1, 0));
        }

        Crash(lived, "bad/x", 1, 1_000);
        foreach (var fact in (MissionFact[])
        [
            new MissionFact.TaskDispatched("bad/x", 2, Cell, ++_seq, 2_000),
            new MissionFact.ActionAborted("bad/x", 2, "trap_unreachable", ++_seq, 2_000, FaultClass.TransientCrash),
            new MissionFact.IncidentOpened("p", ++_seq, 2_000),
            new MissionFact.TaskDispatched("bad/y", 1, Cell, ++_seq, 52_000),
        ])
        {
            lived.Apply(fact);
            var bytes = Bytes(lived);
            var read = new MissionMachine(spec, 0);
            var source = new BinaryReader(new MemoryStream(bytes));
            read.Read(source);
            read.ReadRestarts(source);
            Assert.Equal(bytes, Bytes(read));
            Assert.Equal(lived.DueIncident, read.DueIncident);
            Assert.Empty(read.DrainIncidents());
            Assert.Equal(Ready(lived, 53_000), Ready(read, 53_000));
            Assert.Equal(Ready(lived, 102_000), Ready(read, 102_000));
            Assert.Equal(lived.NextWakeUs, read.NextWakeUs);
        }
    }

    [Fact]
    public void Tasks_of_a_held_profile_cost_nothing_while_the_others_go_on()
    {
        const int Tasks = 2_000;
        var machine = new MissionMachine(Specs.With(Profile, "'in':{}", $"{{'id':'bad','map':'in','profile':'p',{Retry}}}", "{'id':'good','map':'in'}"), 0);
        for (var i = 0; i < Tasks; i++)
        {
            machine.Apply(new MissionFact.ItemAdded("in", "i" + i, ++_seq, 1, 0));
        }

        Crash(machine, "bad/i0", 1, 1_000);
        Crash(machine, "bad/i0", 2, 1_000);
        machine.Apply(new MissionFact.IncidentOpened("p", ++_seq, 1_000));
        var before = machine.Work;
        for (var i = 0; i < Tasks; i++)
        {
            Assert.True(machine.TryTakeReady(2_000, out var ready));
            Assert.Equal("good/i" + i, ready.TaskKey);
            Dispatch(machine, ready.TaskKey, 1, 2_000);
            machine.Apply(new MissionFact.TaskCompleted(ready.TaskKey, 1, ++_seq, 2_000));
            Assert.Equal(i < Tasks - 1, machine.HasReady(2_000));
        }

        Assert.InRange(machine.Work - before, Tasks, 8 * Tasks);
    }

    private static byte[] Bytes(MissionMachine machine) => Written.By(target =>
    {
        machine.Write(target);
        machine.WriteRestarts(target);
    });

    private static List<string> Ready(MissionMachine machine, long nowUs)
    {
        var keys = new List<string>();
        while (machine.TryTakeReady(nowUs, out var ready))
        {
            keys.Add(ready.TaskKey);
        }

        keys.ForEach(machine.Returned);
        return keys;
    }

    private void Crash(MissionMachine machine, string key, int attempt, long timeUs)
    {
        Dispatch(machine, key, attempt, timeUs);
        machine.Apply(new MissionFact.ActionAborted(key, attempt, "trap_unreachable", ++_seq, timeUs, FaultClass.TransientCrash));
    }

    private void Dispatch(MissionMachine machine, string key, int attempt, long timeUs) =>
        machine.Apply(new MissionFact.TaskDispatched(key, attempt, Cell, ++_seq, timeUs));
}
