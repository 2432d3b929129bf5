using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Xunit;

namespace Voxeltron.Tests.Unit.Ninmu;

/// <summary>Goal: a host can neither stop a mission for what is not so nor spend what nobody allowed, and a second try has nothing of the first. Method: facts that cannot be, and what the machine says of them.</summary>
public sealed class BudgetRulesTests
{
    private const long Slice = 100;

    private static BudgetAmounts Attempt
    {
        get
        {
            var need = BudgetAmounts.Of(BudgetDimension.Fuel, 2 * Slice);
            need[BudgetDimension.CellMs] = 2 * MissionMachine.EventCellMs;
            need[BudgetDimension.Boots] = 1;
            need[BudgetDimension.Tasks] = 1;
            return need;
        }
    }

    [Fact]
    public void A_budget_is_used_up_only_by_what_some_task_would_take_next()
    {
        var machine = Machine("'fuel':150", "{'id':'a'}");
        Assert.Throws<InvariantException>(() => machine.Apply(new MissionFact.BudgetExhausted(BudgetDimension.Fuel, BudgetAmounts.Of(BudgetDimension.Fuel, 1_000_000), 2)));

        var due = Assert.IsType<Decision.Exhaust>(Assert.Single(machine.Decide(2)));
        Assert.True(due.Need.Equals(Attempt));
        machine.Apply(new MissionFact.BudgetExhausted(due.Dimension, due.Need, 2));
        Assert.Equal((MissionStatus.BudgetExhausted, "budget fuel"), (machine.Status, machine.Reason));
        Assert.Throws<InvariantException>(() => Dispatch(machine, "a"));
    }

    [Fact]
    public void An_event_is_cut_only_where_its_time_is_used_up()
    {
        var machine = Machine("'cell_ms':100", "{'id':'a'}");
        Dispatch(machine, "a");
        machine.Apply(new MissionFact.EventCharged("a", 1, 1_000, IsBoot: true, 2));
        machine.Apply(new MissionFact.EventCharged("a", 1, 20_000, IsBoot: false, 2));
        Assert.Throws<InvariantException>(() => machine.Apply(new MissionFact.EventCut("a", 1, 3, 2)));

        machine = Machine("'cell_ms':100", "{'id':'a'}");
        Dispatch(machine, "a");
        machine.Apply(new MissionFact.EventCharged("a", 1, 1_000, IsBoot: true, 2));
        machine.Apply(new MissionFact.EventCharged("a", 1, 98_000, IsBoot: false, 2));
        machine.Apply(new MissionFact.EventCut("a", 1, 3, 2));
        Assert.Equal(("ready", 1), (machine.Task("a").Status, machine.Task("a").Attempt));
        Assert.IsType<Decision.Warn>(Assert.Single(machine.Decide(3)));
    }

    [Fact]
    public void A_time_no_handler_has_is_refused() => Assert.Throws<InvariantException>(() => new BudgetLedger(new MissionBudget(default, 80, 0, OnBudget.Pause)).ChargeCellUs(-1));

    [Fact]
    public void A_mission_that_is_over_says_nothing_of_its_soft_limit()
    {
        var machine = Machine("'warm_mib_ms':100", "{'id':'a'}");
        Dispatch(machine, "a");
        machine.Apply(new MissionFact.EventCharged("a", 1, 1, IsBoot: true, 2));
        machine.Apply(new MissionFact.EventCharged("a", 1, 1, IsBoot: false, 2));
        machine.Apply(new MissionFact.TaskCompleted("a", 1, 3, 2));
        machine.Apply(new MissionFact.WarmCharged(90, 3));

        Assert.IsType<Decision.Complete>(Assert.Single(machine.Decide(3)));
        machine.Apply(new MissionFact.MissionCompleted(3));
    }

    [Fact]
    public void A_task_that_is_tried_again_has_tickets_of_its_own()
    {
        var machine = Machine("'fuel':100000", "{'id':'a','retry':{'max_attempts':1}}", "'onFailure':'hold',");
        for (var life = 0; life < 3; life++)
        {
            Assert.Equal(life * SpecLimits.TicketsPerLife, machine.TicketsBefore("a"));
            Dispatch(machine, "a");
            machine.Apply(new MissionFact.EventCharged("a", 1, 1, IsBoot: true, 2));
            machine.Apply(new MissionFact.ActionAborted("a", life + 1, "trap_unreachable", 4, 2));
            machine.Apply(new MissionFact.TaskFailed("a", "trap_unreachable", 5, 2));
            Assert.Null(machine.AdmitRetry("a"));
            machine.Apply(new MissionFact.TaskRetryRequested("a", 6, 2));
        }

        Assert.True((long)SpecLimits.MaxLives * SpecLimits.TicketsPerLife < int.MaxValue);
    }

    [Fact]
    public void A_reload_that_cannot_be_paid_for_is_given_up_and_its_way_back_is_not()
    {
        // One boot is left of two, and the profile's most fuel of what is kept back too.
        var machine = Machine("'boots':2,'fuel':250", "{'id':'a'}");
        Dispatch(machine, "a");
        machine.Apply(new MissionFact.EventCharged("a", Slice, 1, IsBoot: true, 2));
        machine.Apply(new MissionFact.EventCharged("a", Slice, 1, IsBoot: false, 2));
        machine.Apply(new MissionFact.TaskWaits("a", 1, 3, 2));
        var (declared, other) = (new ModuleDigest(Specs.Module), new ModuleDigest(new string('b', 64)));
        machine.Apply(new MissionFact.ReloadBegan(declared, declared, other, 4, 2));

        Assert.False(machine.MayReplace("a"));
        Assert.Throws<InvariantException>(() => machine.Apply(new MissionFact.EventCharged("a", 1, 1, IsBoot: true, 2)));
        machine.Apply(new MissionFact.ReloadFailed("budget_exhausted", 2));
        Assert.True(machine.MayReplace("a"));
    }

    private static MissionMachine Machine(string limits, string task, string options = "") => new(
        Specs.WithOptions($"{options}'budget':{{'limits':{{{limits}}},'escrow_percent':0}},", $"'default':{{'fuel_per_action':{2 * Slice},'fuel_slice':{Slice}}}", "", task), 1);

    private static void Dispatch(MissionMachine machine, string task) =>
        machine.Apply(new MissionFact.TaskDispatched(task, machine.Task(task).Attempt + 1, new CellId(Guid.Empty), 2, 2));
}
