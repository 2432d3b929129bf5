using System.Diagnostics;
using Voxeltron.Cells;
using Voxeltron.Kernel;
using Xunit;
using static Voxeltron.Tests.Unit.Cells.CellFixture;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>Goal: an injected fault is a real one, the same each time, and costs nobody but its cell. Method: live cells given an event with a fault, on engines of their own.</summary>
public sealed class SabotageTests(CellFixture cells) : IClassFixture<CellFixture>
{
    [Theory]
    [InlineData(InjectedFault.Trap, AbortCodes.Unreachable)]
    [InlineData(InjectedFault.EndlessLoop, AbortCodes.OutOfFuel)]
    [InlineData(InjectedFault.Memory, AbortCodes.AllocFailed)]
    [InlineData(InjectedFault.PolicyBreach, AbortCodes.PolicyBreach)]
    public void A_fault_of_an_event_ends_its_cell_by_its_own_means_and_alike_everywhere(InjectedFault fault, string code)
    {
        using var engine = new CellEngine(new CellEngineOptions { MaxCells = 1 });
        using var module = Compile(engine, Guest("misbehave"));
        var first = Sabotaged(cells.Engine, cells.Module("misbehave"), fault, slice: null);
        // A host that is full: the cell's own place is enough. And a slice of fuel is no excuse.
        var second = Sabotaged(engine, module, fault, slice: 10_000);

        Assert.Equal((ActionStatus.Aborted, code), (first.Status, first.Code));
        Assert.Equal((first.Status, first.Code, first.FuelUsed), (second.Status, second.Code, second.FuelUsed));
        Assert.Equal(0, engine.CellsLive);
        if (fault == InjectedFault.Trap)
        {
            Assert.InRange(first.FuelUsed, 0, 100);
        }

        if (fault == InjectedFault.EndlessLoop)
        {
            Assert.Equal(Profile.FuelPerAction, first.FuelUsed);
        }
    }

    [Fact]
    public void A_slow_host_call_is_cut_by_the_watchdog_and_by_nothing_else()
    {
        using var engine = new CellEngine(new CellEngineOptions { MaxCells = 1, WatchdogLimit = TimeSpan.FromMilliseconds(200) });
        using var module = Compile(engine, Guest("misbehave"));
        var began = Stopwatch.GetTimestamp();

        var outcome = Sabotaged(engine, module, InjectedFault.SlowHostCall, slice: null);

        Assert.Equal(AbortCodes.Watchdog, outcome.Code);
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0.2, 10);
    }

    [Fact]
    public void Memory_is_refused_by_the_profile_of_the_cell()
    {
        var narrow = Sabotaged(cells.Engine, cells.Module("misbehave"), InjectedFault.Memory, slice: null, Profile with { MemoryLimitBytes = 2 * 1024 * 1024 });
        var wide = Sabotaged(cells.Engine, cells.Module("misbehave"), InjectedFault.Memory, slice: null);

        Assert.Equal(AbortCodes.AllocFailed, narrow.Code);
        Assert.True(wide.FuelUsed > narrow.FuelUsed, $"{wide.FuelUsed} {narrow.FuelUsed}");
    }

    [Fact]
    public void No_module_gets_what_the_saboteur_imports()
    {
        var result = cells.Engine.Admit(Text("""
            (module (import "vx_sabotage" "forbidden" (func (result i32)))
              (memory (export "memory") 1) (func (export "vx_abi_version") (result i32) i32.const 1) (func (export "on_task") (param i32 i32 i32 i32) (result i32) call 0))
            """), AdmissionLimits.Default);

        Assert.Equal((false, AdmissionCodes.UnknownImport), (result.Admitted, result.Code));
    }

    [Fact]
    public void The_saboteur_is_what_its_text_says()
    {
        var text = Text("""
            (module
              (import "vx_sabotage" "forbidden" (func (result i32)))
              (import "vx_sabotage" "slow" (func (result i32)))
              (memory (export "memory") 1)
              (func (export "trap") (result i32) unreachable)
              (func (export "endless_loop") (result i32) (loop br 0) unreachable)
              (func (export "exhaust") (result i32) (loop i32.const 1 memory.grow i32.const -1 i32.ne br_if 0) i32.const 0)
              (func (export "policy_breach") (result i32) call 0)
              (func (export "slow_host_call") (result i32) (loop call 1 drop br 0) unreachable))
            """);

        Assert.Equal(Convert.ToHexString(text), Convert.ToHexString(Saboteur.Bytes()));
    }

    private ActionOutcome Sabotaged(CellEngine engine, CellModule module, InjectedFault fault, long? slice, CellProfile? profile = null)
    {
        var store = NewStore();
        using var cell = cells.Boot(engine, module, profile);
        Deliver(cell, store, StartEvent());
        var before = Convert.ToHexString(store.Root());
        var outcome = Deliver(cell, store, TaskEvent("count") with { Fault = fault, Fuel = slice });
        Assert.True(cell.IsDead);
        Assert.Equal(before, Convert.ToHexString(store.Root()));
        Assert.Throws<InvariantException>(() => Deliver(cell, store, TaskEvent("count")));
        return outcome;
    }
}
