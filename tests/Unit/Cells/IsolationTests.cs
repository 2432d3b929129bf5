using Voxeltron.Cells;
using Voxeltron.Kernel;
using Xunit;
using static Voxeltron.Tests.Unit.Cells.CellFixture;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>Whatever one guest does ends that guest's event, by name, and nothing else.</summary>
public sealed class IsolationTests(CellFixture cells) : IClassFixture<CellFixture>
{
    [Theory]
    [InlineData("oob", AbortCodes.MemoryOutOfBounds)]
    [InlineData("unreachable", AbortCodes.Unreachable)]
    [InlineData("div0", AbortCodes.IntegerDivideByZero)]
    [InlineData("recurse", AbortCodes.StackOverflow)]
    [InlineData("shadow", AbortCodes.MemoryOutOfBounds)]
    [InlineData("loop", AbortCodes.OutOfFuel)]
    [InlineData("host_loop", AbortCodes.OutOfFuel)]
    [InlineData("name_loop", AbortCodes.OutOfFuel)]
    [InlineData("key_loop", AbortCodes.OutOfFuel)]
    [InlineData("row_loop", AbortCodes.OutOfFuel)]
    [InlineData("delete_loop", AbortCodes.OutOfFuel)]
    [InlineData("json_loop", AbortCodes.OutOfFuel)]
    [InlineData("small_json_loop", AbortCodes.OutOfFuel)]
    [InlineData("nonzero", AbortCodes.NonzeroReturn)]
    [InlineData("complete_then_nonzero", AbortCodes.NonzeroReturn)]
    public void A_fault_aborts_by_name_and_the_cell_is_never_entered_again(string what, string code)
    {
        using var cell = cells.Boot("misbehave");
        var store = NewStore();
        var before = store.Root();

        var outcome = Deliver(cell, store, TaskEvent(what));

        Assert.Equal((ActionStatus.Aborted, code), (outcome.Status, outcome.Code));
        Assert.Empty(outcome.Result);
        Assert.Equal(before, store.Root());
        Assert.True(cell.IsDead);
        var transaction = store.Begin();
        Assert.Throws<InvariantException>(() => cell.Deliver(TaskEvent("count"), transaction));
    }

    /// <summary>One instruction that works on any number of bytes pays for each.</summary>
    [Theory]
    [InlineData("(memory.fill (i32.const 0) (i32.const 7) (i32.const 65536))")]
    [InlineData("(memory.copy (i32.const 0) (i32.const 1) (i32.const 65535))")]
    public void Bulk_instructions_pay_by_the_byte(string instruction)
    {
        using var module = cells.CompileText(Guests.OnTask($"(loop {instruction} (br 0)) (i32.const 0)"));
        using var cell = cells.Boot(module, Profile with { FuelPerAction = 1_000_000_000 });

        Assert.Equal(AbortCodes.OutOfFuel, Deliver(cell, NewStore(), TaskEvent("")).Code);
    }

    /// <summary>What no compiler of the guests here lets happen, and a module may do all the same.</summary>
    [Theory]
    [InlineData("(i32.div_s (i32.const -2147483648) (i32.const -1))", "trap_integer_overflow")]
    [InlineData("(i32.trunc_f64_s (f64.const nan))", "trap_bad_conversion_to_integer")]
    [InlineData("(i32.trunc_f64_s (f64.const 3e9))", "trap_integer_overflow")]
    [InlineData("(call_indirect (result i32) (i32.const 9))", "trap_table_out_of_bounds")]
    [InlineData("(call_indirect (result i32) (i32.const 1))", "trap_indirect_call_to_null")]
    [InlineData("(call_indirect (result i32) (i32.const 0))", "trap_bad_signature")]
    [InlineData("(ref.is_null (table.get (i32.const 9)))", "trap_table_out_of_bounds")]
    [InlineData("(i32.load (i32.const 65536))", AbortCodes.MemoryOutOfBounds)]
    [InlineData("(i32.load offset=4294967295 (i32.const -1))", AbortCodes.MemoryOutOfBounds)]
    public void Every_trap_of_the_engine_has_its_name(string body, string code)
    {
        using var module = cells.CompileText(Guests.OnTask(body).Replace(
            "(memory", "(table 2 2 funcref) (elem (i32.const 0) func 1) (memory", StringComparison.Ordinal));
        using var cell = cells.Boot(module);

        var outcome = Deliver(cell, NewStore(), TaskEvent(""));

        Assert.Equal((ActionStatus.Aborted, code, true), (outcome.Status, outcome.Code, cell.IsDead));
    }

    [Theory]
    [InlineData("oob")]
    [InlineData("recurse")]
    [InlineData("shadow")]
    [InlineData("loop")]
    [InlineData("grow")]
    public void A_fault_in_one_cell_leaves_its_neighbour_as_it_was(string what)
    {
        var store = NewStore();
        using var neighbour = cells.Boot("misbehave");
        Assert.Equal("1", ResultText(Deliver(neighbour, store, TaskEvent("count"))));
        var fuel = Deliver(neighbour, store, TaskEvent("count")).FuelUsed;

        using (var cell = cells.Boot("misbehave"))
        {
            Deliver(cell, store, TaskEvent(what));
        }

        // Same memory, same work: the counter goes on, for the same fuel.
        var after = Deliver(neighbour, store, TaskEvent("count"));
        Assert.Equal(("3", fuel), (ResultText(after), after.FuelUsed));
        using var fresh = cells.Boot("misbehave");
        Assert.Equal("1", ResultText(Deliver(fresh, store, TaskEvent("count"))));
    }

    [Fact]
    public void A_loop_burns_exactly_its_fuel()
    {
        using var cell = cells.Boot("misbehave", Profile with { FuelPerAction = 1_000_000 });

        Assert.Equal(1_000_000, Deliver(cell, NewStore(), TaskEvent("loop")).FuelUsed);
    }

    [Fact]
    public void Memory_growth_ends_at_the_profiles_limit_and_the_guest_sees_it()
    {
        using var cell = cells.Boot("misbehave", Profile with { MemoryLimitBytes = 1024 * 1024 });

        var outcome = Deliver(cell, NewStore(), TaskEvent("grow"));

        Assert.Equal((ActionStatus.Completed, "16"), (outcome.Status, ResultText(outcome)));
    }

    [Fact]
    public void A_refusal_has_the_guests_code_and_keeps_the_cell_alive()
    {
        using var cell = cells.Boot("misbehave");
        var store = NewStore();

        var outcome = Deliver(cell, store, TaskEvent("fail"));

        Assert.Equal((ActionStatus.Refused, "not_covered", "no policy covers this"), (outcome.Status, outcome.Code, outcome.Message));
        Assert.Equal("1", ResultText(Deliver(cell, store, TaskEvent("count"))));
    }

    [Fact]
    public void A_task_that_says_nothing_has_returned()
    {
        using var cell = cells.Boot("misbehave");

        Assert.Equal(ActionStatus.Returned, Deliver(cell, NewStore(), TaskEvent("nothing")).Status);
    }

    [Theory]
    [InlineData("i32.const 0", AbortCodes.AllocFailed)]
    [InlineData("i32.const 65530", AbortCodes.AllocFailed)]
    [InlineData("i32.const -1", AbortCodes.AllocFailed)]
    [InlineData("unreachable", AbortCodes.Unreachable)]
    [InlineData("(loop br 0) i32.const 1", AbortCodes.OutOfFuel)]
    public void An_allocator_that_gives_no_room_aborts_the_event(string alloc, string code)
    {
        using var cell = cells.Boot(cells.CompileText(Guests.OnTask("i32.const 0", alloc)));

        var outcome = Deliver(cell, NewStore(), TaskEvent("0123456789"));

        Assert.Equal((ActionStatus.Aborted, code, true), (outcome.Status, outcome.Code, cell.IsDead));
    }

    [Fact]
    public void An_input_larger_than_the_memory_limit_aborts_as_alloc_failed()
    {
        using var cell = cells.Boot("misbehave", Profile with { MemoryLimitBytes = 1024 * 1024 });

        Assert.Equal(AbortCodes.AllocFailed, Deliver(cell, NewStore(), TaskEvent(new byte[2 * 1024 * 1024])).Code);
    }

    [Fact]
    public void The_watchdog_cuts_a_guest_that_fuel_would_not()
    {
        using var engine = new CellEngine(new CellEngineOptions
        {
            MaxCells = 1, EpochPeriod = TimeSpan.FromMilliseconds(1), WatchdogLimit = TimeSpan.FromMilliseconds(20),
        });
        using var module = Compile(engine, Guest("misbehave"));
        using var cell = cells.Boot(engine, module, Profile with { FuelPerAction = long.MaxValue });

        Assert.Equal(AbortCodes.Watchdog, Deliver(cell, NewStore(), TaskEvent("loop")).Code);
    }

    [Fact]
    public void Two_engines_agree_on_fuel_results_and_fingerprint()
    {
        using var other = new CellEngine(new CellEngineOptions { MaxCells = 3, MaxMemoryBytes = 8 * 1024 * 1024 });
        Assert.Equal(cells.Engine.Fingerprint, other.Fingerprint);
        foreach (var (guest, input) in new[] { ("conform", "abc"), ("misbehave", "count"), ("misbehave", "shadow"), ("misbehave", "oob"), ("busy", "1000") })
        {
            using var module = Compile(other, Guest(guest));
            using var one = cells.Boot(guest);
            using var two = cells.Boot(other, module);
            var left = Deliver(one, NewStore(), TaskEvent(input));
            var right = Deliver(two, NewStore(), TaskEvent(input));

            Assert.True(left.FuelUsed > 0);
            Assert.Equal((left.FuelUsed, left.Status, left.Code), (right.FuelUsed, right.Status, right.Code));
            Assert.Equal(left.Result, right.Result);
            Assert.Equal(left.Logs, right.Logs);
        }
    }
}
