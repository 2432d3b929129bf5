using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Xunit;

namespace Voxeltron.Tests.Unit.Ninmu;

/// <summary>Goal: what tasks ask for outside is paid for at its worst before it leaves, and at what it came to after; whoever ends in between. Method: facts, and the account after each.</summary>
public sealed class RequestBudgetTests
{
    private readonly MissionMachine _machine = new(Spec, 1);

    private static MissionSpec Spec { get; } = Specs.WithOptions(
        "'budget':{'limits':{'egress_bytes':1000,'tokens_out':50},'soft_percent':60},", "", "'in':{}", "{'id':'ask','map':'in'}");

    [Fact]
    public void The_worst_is_held_then_what_it_came_to_is_spent()
    {
        Begin("a");
        Ask("a", 1, sends: 100, takes: 500);
        Assert.Equal((600, 0), Egress);

        End("a", 1, 130);
        Assert.Equal((0, 130), Egress);
    }

    [Fact]
    public void What_does_not_fit_is_not_funded_and_costs_nothing_whatever_is_said_of_it()
    {
        Begin("a");
        Ask("a", 1, sends: 0, takes: 700);
        Ask("a", 2, sends: 0, takes: 301);
        Assert.Equal((true, false), (_machine.IsFunded("ask/a", 1), _machine.IsFunded("ask/a", 2)));
        Assert.Equal((700, 0), Egress);

        End("a", 2, 300);
        Assert.Equal((700, 0), Egress);
        Assert.True(_machine.HeldFor("ask/a", 2).Held.IsZero);
    }

    [Fact]
    public void Of_a_task_that_ends_while_it_waits_the_worst_is_spent()
    {
        Begin("a");
        Ask("a", 1, sends: 10, takes: 390);
        _machine.Apply(new MissionFact.CancelRequested(5));

        Assert.Equal((0, 400), Egress);
    }

    [Fact]
    public void A_lost_host_changes_nothing_and_neither_does_a_snapshot()
    {
        Begin("a");
        Ask("a", 1, sends: 10, takes: 390);
        Ask("a", 2, sends: 10, takes: 990);
        _machine.Apply(new MissionFact.HostLost(5));
        var read = new MissionMachine(Spec, 1);
        var source = new BinaryReader(new MemoryStream(Written.By(target =>
        {
            _machine.Write(target);
            _machine.WriteControl(target);
        })));
        read.Read(source);
        read.ReadControl(source);

        foreach (var machine in (MissionMachine[])[_machine, read])
        {
            Assert.Equal(400, machine.Budget!.Held(BudgetDimension.EgressBytes));
            Assert.Equal((true, false), (machine.IsFunded("ask/a", 1), machine.IsFunded("ask/a", 2)));
            machine.Apply(new MissionFact.RequestEnded("ask/a", 1, BudgetAmounts.Of(BudgetDimension.EgressBytes, 12), 6));
            Assert.Equal((0, 12), (machine.Budget.Held(BudgetDimension.EgressBytes), machine.Budget.Spent(BudgetDimension.EgressBytes)));
        }
    }

    [Fact]
    public void An_answer_that_is_more_than_its_worst_is_over_and_said_so()
    {
        Begin("a");
        Ask("a", 1, sends: 0, takes: 900);
        End("a", 1, 1_200);

        Assert.Equal((0, 1_000), Egress);
        Assert.Equal(200, _machine.Budget!.Over(BudgetDimension.EgressBytes));
        Assert.Equal(new Decision.Warn(BudgetDimension.EgressBytes), Assert.Single(_machine.Decide(9)));
    }

    private (long Held, long Spent) Egress => (_machine.Budget!.Held(BudgetDimension.EgressBytes), _machine.Budget.Spent(BudgetDimension.EgressBytes));

    /// <summary>A task that waits for what it will ask.</summary>
    private void Begin(string item)
    {
        _machine.Apply(new MissionFact.ItemAdded("in", item, 2, 0, 1));
        _machine.Apply(new MissionFact.TaskDispatched("ask/" + item, 1, new CellId(Guid.Empty), 3, 1));
        _machine.Apply(new MissionFact.EventCharged("ask/" + item, 1, 1, IsBoot: true, 1));
        _machine.Apply(new MissionFact.EventCharged("ask/" + item, 1, 1, IsBoot: false, 1));
        _machine.Apply(new MissionFact.TaskWaits("ask/" + item, 1, 4, 1));
    }

    private void Ask(string item, long ticket, long sends, long takes) => _machine.Apply(new MissionFact.RequestBegan(
        "ask/" + item, ticket, BudgetAmounts.Of(BudgetDimension.EgressBytes, sends + takes), BudgetAmounts.Of(BudgetDimension.EgressBytes, sends), 1));

    private void End(string item, long ticket, long bytes) =>
        _machine.Apply(new MissionFact.RequestEnded("ask/" + item, ticket, BudgetAmounts.Of(BudgetDimension.EgressBytes, bytes), 1));
}
