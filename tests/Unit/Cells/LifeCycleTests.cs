using Voxeltron.Cells;
using Voxeltron.Kernel;
using Xunit;
using static Voxeltron.Tests.Unit.Cells.CellFixture;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>Places, profiles and disposal: what a host must never get wrong about a cell.</summary>
public sealed class LifeCycleTests(CellFixture cells) : IClassFixture<CellFixture>
{
    [Fact]
    public void A_full_engine_refuses_by_name_admits_modules_still_and_takes_a_cell_again_after_a_disposal()
    {
        using var engine = new CellEngine(new CellEngineOptions { MaxCells = 2 });
        using var module = Compile(engine, Guest("misbehave"));
        var first = cells.Boot(engine, module);
        using var second = cells.Boot(engine, module);

        var refusal = Assert.Throws<CellBootException>(() => cells.Boot(engine, module));
        Assert.Equal(("no_capacity", false, 2), (refusal.FaultCode, engine.HasCapacity, engine.CellsLive));
        Assert.True(engine.Admit(Guest("conform"), AdmissionLimits.Default).Admitted);

        first.Dispose();
        first.Dispose();
        Assert.Equal((true, 1), (engine.HasCapacity, engine.CellsLive));
        using var third = cells.Boot(engine, module);
        Assert.Equal("1", ResultText(Deliver(third, NewStore(), TaskEvent("count"))));
    }

    [Theory]
    [InlineData(64 * 1024, 200_000_000, 1024, "memory_limit")]
    [InlineData(4 * 1024 * 1024, 0, 1024, "profile_invalid")]
    [InlineData(1L << 40, 200_000_000, 1024, "profile_invalid")]
    [InlineData(4 * 1024 * 1024, 200_000_000, 1 << 30, "profile_invalid")]
    [InlineData(4 * 1024 * 1024, 200_000_000, 2, "table_limit")]
    public void A_profile_that_does_not_fit_is_refused_by_name_and_takes_no_place(long memory, long fuel, int table, string code)
    {
        var live = cells.Engine.CellsLive;
        using var module = cells.CompileText(Guests.Module($"(memory (export \"memory\") 2) (table 10 funcref) {Guests.Base.Replace("(memory (export \"memory\") 1)", "", StringComparison.Ordinal)}"));

        var refusal = Assert.Throws<CellBootException>(() => cells.Boot(module, new CellProfile("odd", memory, fuel, table)));

        Assert.Equal((code, live), (refusal.FaultCode, cells.Engine.CellsLive));
    }

    [Fact]
    public void A_disposed_cell_refuses_events()
    {
        var cell = cells.Boot("misbehave");
        cell.Dispose();

        var transaction = NewStore().Begin();
        Assert.Throws<InvariantException>(() => cell.Deliver(TaskEvent("count"), transaction));
    }

    [Fact]
    public void A_module_may_be_disposed_while_its_cells_run()
    {
        var module = Compile(cells.Engine, Guest("misbehave"));
        using var cell = cells.Boot(module);
        module.Dispose();

        Assert.Equal("1", ResultText(Deliver(cell, NewStore(), TaskEvent("count"))));
    }

    [Theory]
    [InlineData(0, 16, 10)]
    [InlineData(50_000_000, 16, 10)]
    [InlineData(100_000, 16, 10)]
    [InlineData(10, 3, 10)]
    [InlineData(10, 16, 0)]
    public void Options_a_machine_cannot_hold_are_refused_before_the_native_engine_sees_them(int maxCells, int memoryMiB, int epochMs)
    {
        var options = new CellEngineOptions
        {
            MaxCells = maxCells,
            MaxMemoryBytes = (memoryMiB * 1024L * 1024) + (memoryMiB == 3 ? 1 : 0),
            EpochPeriod = TimeSpan.FromMilliseconds(epochMs),
        };

        Assert.Throws<EngineOptionsException>(() => new CellEngine(options));
    }

    [Fact]
    public void A_steady_delivery_allocates_only_its_outcome()
    {
        using var cell = cells.Boot("busy");
        var store = NewStore();
        var evt = TaskEvent("0");
        for (var i = 0; i < 200; i++)
        {
            Deliver(cell, store, evt);
        }

        // Reading 1 row or 2,000 makes no difference: a host call allocates nothing.
        var few = Allocated(() => Deliver(cell, store, TaskEvent("1")));
        var many = Allocated(() => Deliver(cell, store, TaskEvent("2000")));

        Assert.InRange(many - few, -256, 256);
        Assert.InRange(few, 0, 2048);
    }

    [Fact]
    public void A_thousand_cells_boot_run_and_vanish_without_a_trace_in_the_pool()
    {
        var store = NewStore();
        var module = cells.Module("misbehave");
        for (var i = 0; i < 1000; i++)
        {
            using var cell = cells.Boot(module);
            Assert.Equal("1", ResultText(Deliver(cell, store, TaskEvent("count"))));
        }
    }

    private static long Allocated(Action action)
    {
        action();
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
