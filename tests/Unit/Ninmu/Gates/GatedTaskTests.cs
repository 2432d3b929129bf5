using System.Text;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Xunit;

namespace Voxeltron.Tests.Unit.Ninmu.Gates;

/// <summary>Goal: a task behind a gate begins when people let it through, and never else. Method: the machine and its facts, one rule a test.</summary>
public sealed class GatedTaskTests
{
    private static readonly ModuleDigest s_other = new(new string('b', 64));
    private long _seq = 10;

    [Fact]
    public void A_gated_task_is_handed_out_when_it_is_approved_and_says_until_then_whom_it_waits_for()
    {
        var machine = Machine("'release':{'quorum':2}");
        Assert.False(machine.HasReady(1_000));
        Assert.Equal(("waiting", "gate release"), (machine.Task("a").Status, machine.Task("a").WaitingFor));
        var open = Assert.IsType<GateStep.Open>(machine.NextGateStep(1_000));
        Assert.Equal(("a", "release"), (open.Task.TaskKey, open.Rule.Name));
        var gate = Open(machine, 1_000);
        Assert.Null(machine.NextGateStep(1_000));

        Approve(machine, gate, "k-ann", 1_001);
        Assert.False(machine.HasReady(1_001));
        Approve(machine, gate, "k-bob", 1_002);
        Assert.True(machine.TryTakeReady(1_002, out var ready));
        Assert.Equal("a", ready.TaskKey);
    }

    [Fact]
    public void Dispatch_without_an_approval_is_impossible()
    {
        var machine = Machine("'release':{}");
        Assert.Throws<InvariantException>(() => Dispatch(machine, "a", 1, 1_000));
        var gate = Open(machine, 1_000);
        Assert.Throws<InvariantException>(() => Dispatch(machine, "a", 1, 1_000));
        Approve(machine, gate, "k-ann", 1_001);
        Dispatch(machine, "a", 1, 1_002);
    }

    [Fact]
    public void One_denial_ends_the_task_as_refused_and_what_follows_is_skipped()
    {
        var machine = Machine("'release':{'quorum':2}");
        var gate = Open(machine, 1_000);
        Approve(machine, gate, "k-ann", 1_001);
        machine.Apply(new GateFact.Decided(gate, Vote("k-bob") with { Approves = false }, 1_002, ++_seq, 1_002));
        Assert.Equal(("refused", "gate_denied"), (machine.Task("a").Status, machine.Task("a").OutcomeCode));
        Assert.Equal([new Decision.Skip("b", "a")], machine.Decide(1_003));
    }

    [Theory]
    [InlineData("deny")]
    [InlineData("escalate")]
    public void A_gate_whose_time_is_over_never_approves(string onExpiry)
    {
        var machine = Machine($"'release':{{'expires_ms':5,'on_expiry':'{onExpiry}'}}");
        var gate = Open(machine, 1_000);
        Assert.Equal(6_000, machine.NextWakeUs);
        Assert.Null(machine.NextGateStep(5_999));
        Assert.Throws<InvariantException>(() => machine.Apply(new GateFact.Expired(gate, ++_seq, 5_999)));
        // A decision that comes with the end of the time comes too late, whether or not the host has looked.
        Assert.Throws<InvariantException>(() => Approve(machine, gate, "k-ann", 6_000));
        Assert.Equal(gate, Assert.IsType<GateStep.Expire>(machine.NextGateStep(6_000)).Gate.OpenedSeq);
        if (onExpiry == "deny")
        {
            machine.Apply(new GateFact.Expired(gate, ++_seq, 6_000));
            Assert.Equal(("refused", "gate_expired"), (machine.Task("a").Status, machine.Task("a").OutcomeCode));
            return;
        }

        machine.Apply(new GateFact.Escalated(gate, ++_seq, 6_000));
        Assert.Null(machine.NextGateStep(9_000));
        Assert.Null(machine.NextWakeUs);
        Assert.False(machine.HasReady(9_000));
        Assert.Equal("gate release", machine.Task("a").WaitingFor);
        Approve(machine, gate, "k-ann", 9_000);
        Assert.True(machine.HasReady(9_000));
    }

    [Fact]
    public void Another_version_of_the_module_voids_what_was_asked_and_what_was_approved()
    {
        var machine = Machine("'release':{}");
        var first = Open(machine, 1_000);
        Reload(machine, 1_100);
        Assert.Equal((first, GateCodes.ModuleChanged), VoidDue(machine, 1_200));
        var second = Open(machine, 1_300);
        Approve(machine, second, "k-ann", 1_400);
        Assert.True(machine.HasReady(1_400));

        Reload(machine, 1_500, back: true);
        Assert.False(machine.HasReady(1_600));
        Assert.Throws<InvariantException>(() => Dispatch(machine, "a", 1, 1_600));
        Assert.Equal((second, GateCodes.ModuleChanged), VoidDue(machine, 1_600));
        Assert.IsType<GateStep.Open>(machine.NextGateStep(1_600));
    }

    [Fact]
    public void A_later_attempt_of_the_same_module_needs_no_new_approval_and_one_of_another_does()
    {
        var machine = Machine("'release':{}");
        Approve(machine, Open(machine, 1_000), "k-ann", 1_001);
        Dispatch(machine, "a", 1, 1_002);
        machine.Apply(new MissionFact.HostLost(1_003));
        Assert.True(machine.HasReady(1_003));
        Dispatch(machine, "a", 2, 1_004);
        Reload(machine, 1_005, running: "a");
        machine.Apply(new MissionFact.HostLost(1_006));
        Assert.False(machine.HasReady(1_006));
        VoidDue(machine, 1_007);
        Assert.IsType<GateStep.Open>(machine.NextGateStep(1_007));
    }

    [Fact]
    public void A_deadline_runs_while_people_think_and_a_cancel_asks_nobody()
    {
        var late = Machine("'release':{}", ",'deadline_ms':5");
        Open(late, 1_000);
        Assert.Equal([new Decision.Fail("a", 0, "deadline_exceeded")], late.Decide(5_000));
        Assert.Null(late.NextGateStep(5_000));

        var cancelled = Machine("'release':{}");
        cancelled.Apply(new MissionFact.CancelRequested(900));
        Assert.Null(cancelled.NextGateStep(1_000));
        Assert.Equal("cancelled", cancelled.Task("a").Status);
    }

    [Fact]
    public void Who_asked_cannot_approve_and_nobody_counts_twice()
    {
        var machine = Machine("'release':{'quorum':2,'roles':['approver','operator']}");
        var gate = Open(machine, 1_000, requesters: ["k-req"]);
        Assert.Equal(GateCodes.OwnRequest, machine.Gates.Refusal(gate, Vote("k-req"), 1_001));
        Assert.Equal(GateCodes.Role, machine.Gates.Refusal(gate, Vote("k-ann") with { Role = "tenant" }, 1_001));
        Assert.Equal(GateCodes.Changed, machine.Gates.Refusal(gate, Vote("k-ann") with { Digest = "older" }, 1_001));
        Approve(machine, gate, "k-ann", 1_001);
        Assert.Equal(GateCodes.AlreadyDecided, machine.Gates.Refusal(gate, Vote("k-ann"), 1_002));
    }

    [Fact]
    public void A_restored_machine_goes_on_where_the_written_one_stood()
    {
        var (machine, restored) = (Machine("'release':{'quorum':2}"), Machine("'release':{'quorum':2}"));
        var gate = Open(machine, 1_000);
        Approve(machine, gate, "k-ann", 1_001);
        var bytes = new MemoryStream();
        var target = new BinaryWriter(bytes);
        machine.Write(target);
        machine.Gates.Write(target);
        var source = new BinaryReader(new MemoryStream(bytes.ToArray()));
        restored.Read(source);
        restored.ReadGates(source, Spec("'release':{'quorum':2}").Gates);

        Assert.Null(restored.NextGateStep(1_002));
        Assert.False(restored.HasReady(1_002));
        Assert.Equal(GateCodes.AlreadyDecided, restored.Gates.Refusal(gate, Vote("k-ann"), 1_002));
        Approve(restored, gate, "k-bob", 1_003);
        Assert.True(restored.HasReady(1_003));
    }

    private static MissionMachine Machine(string gates, string more = "") => new(Spec(gates, more), 0);

    private static MissionSpec Spec(string gates, string more = "")
    {
        var json = Encoding.UTF8.GetString(Specs.Json("", $"{{'id':'a','gate':'release'{more}}}", "{'id':'b','dependsOn':['a']}"))
            .Replace("\"tasks\":", $"\"gates\":{{{gates.Replace('\'', '"')}}},\"tasks\":", StringComparison.Ordinal);
        var parsed = MissionSpec.Parse(Encoding.UTF8.GetBytes(json));
        return parsed.Spec ?? throw new InvalidOperationException(string.Join('\n', parsed.Errors));
    }

    private long Open(MissionMachine machine, long timeUs, IReadOnlyList<string>? requesters = null)
    {
        var open = Assert.IsType<GateStep.Open>(machine.NextGateStep(timeUs));
        machine.Apply(new GateFact.Opened(new Gate(++_seq, open.Rule, "a", 0, null, open.Task.Module, "digest", requesters ?? [], "[]", timeUs), timeUs));
        return _seq;
    }

    private (long, string) VoidDue(MissionMachine machine, long timeUs)
    {
        var due = Assert.IsType<GateStep.Void>(machine.NextGateStep(timeUs));
        machine.Apply(new GateFact.Voided(due.Gate.OpenedSeq, due.Code, ++_seq, timeUs));
        return (due.Gate.OpenedSeq, due.Code);
    }

    private void Approve(MissionMachine machine, long gate, string who, long timeUs) =>
        machine.Apply(new GateFact.Decided(gate, Vote(who), timeUs, ++_seq, timeUs));

    private static GateVote Vote(string who) => new(true, "digest", who, "approver", null, null);

    private void Dispatch(MissionMachine machine, string task, int attempt, long timeUs)
    {
        machine.TryTakeReady(timeUs, out _);
        machine.Apply(new MissionFact.TaskDispatched(task, attempt, new CellId(Guid.NewGuid()), ++_seq, timeUs));
    }

    private void Reload(MissionMachine machine, long timeUs, bool back = false, string? running = null)
    {
        var declared = new ModuleDigest(Specs.Module);
        machine.Apply(new MissionFact.ReloadBegan(declared, back ? s_other : declared, back ? declared : s_other, ++_seq, timeUs));
        if (running is not null)
        {
            machine.Apply(new MissionFact.TaskWaits(running, machine.Task(running).Attempt, ++_seq, timeUs));
            machine.Apply(new MissionFact.CellReplaced(running, machine.Task(running).Attempt, new CellId(Guid.NewGuid()), s_other, ++_seq, timeUs));
        }

        machine.Apply(new MissionFact.Reloaded(timeUs));
    }
}
