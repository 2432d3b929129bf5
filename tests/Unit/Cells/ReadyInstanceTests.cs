using Voxeltron.Cells;
using Voxeltron.Kernel;
using Xunit;
using static Voxeltron.Tests.Unit.Cells.CellFixture;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>Goal: a boot that takes an instance made before is the boot it would have been. Method: both kinds side by side, and the places they take.</summary>
public sealed class ReadyInstanceTests(CellFixture cells) : IClassFixture<CellFixture>
{
    [Fact]
    public void A_cell_of_a_ready_instance_does_what_one_made_for_it_does()
    {
        var module = cells.Module("keeper");
        using var cold = cells.Boot(module);
        using var warm = Cell.Boot(ReadyInstance.Make(cells.Engine, module, Profile), cold.Id, new BootClock(TimeProvider.System));
        foreach (var evt in new[] { StartEvent(), TaskEvent("7") })
        {
            var (expected, actual) = (Deliver(cold, NewStore(), evt), Deliver(warm, NewStore(), evt));
            Assert.Equal((expected.Status, expected.FuelUsed), (actual.Status, actual.FuelUsed));
            Assert.Equal(expected.Logs, actual.Logs);
        }

        Assert.True(cold.MemoryOf().SequenceEqual(warm.MemoryOf()));
    }

    [Fact]
    public void It_takes_a_place_until_its_cell_or_itself_is_let_go_and_is_taken_once()
    {
        var module = cells.Module("agent");
        var before = cells.Engine.CellsLive;
        var ready = ReadyInstance.Make(cells.Engine, module, Profile);
        Assert.Equal(before + 1, cells.Engine.CellsLive);
        var id = new CellId(Guid.NewGuid());
        using (Cell.Boot(ready, id, new BootClock(TimeProvider.System)))
        {
            Assert.Equal(before + 1, cells.Engine.CellsLive);
            Assert.Throws<InvariantException>(() => Cell.Boot(ready, id, new BootClock(TimeProvider.System)));
            ready.Dispose();
            Assert.Equal(before + 1, cells.Engine.CellsLive);
        }

        Assert.Equal(before, cells.Engine.CellsLive);
        ReadyInstance.Make(cells.Engine, module, Profile).Dispose();
        Assert.Equal(before, cells.Engine.CellsLive);
    }

    [Fact]
    public void A_profile_that_asks_for_too_much_makes_none()
    {
        var fault = Assert.Throws<CellBootException>(() => ReadyInstance.Make(cells.Engine, cells.Module("keeper"), Profile with { MemoryLimitBytes = 65_536 }));
        Assert.Equal("memory_limit", fault.FaultCode);
    }
}
