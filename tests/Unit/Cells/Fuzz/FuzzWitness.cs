using System.Diagnostics;
using Voxeltron.Cells;
using Voxeltron.Kernel;
using Xunit;
using static Voxeltron.Tests.Unit.Cells.CellFixture;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>A cell that lives as long as the fuzzer, a fresh one at each look, and what the process holds.</summary>
internal sealed class FuzzWitness : IDisposable
{
    /// <summary>Of the process, between the second look and any later one.</summary>
    private const long MostGrowthBytes = 1L << 30;

    /// <summary>More than counting takes.</summary>
    private const long Fuel = 2_000_000;

    private readonly CellEngine _engine;
    private readonly CellProfile _profile;
    private readonly CellModule _module;
    private readonly Cell _neighbour;
    private readonly bool _isAlone;
    private int _counted;
    private long _fuel;
    private long _firstBytes;
    private int _looks;

    /// <param name="isAlone">In its process: what that holds is the fuzzer's.</param>
    public FuzzWitness(CellEngine engine, CellProfile profile, bool isAlone)
    {
        _engine = engine;
        _isAlone = isAlone;
        _profile = profile with { FuelPerAction = Fuel, FuelSlice = Fuel };
        _module = Compile(engine, Guest("misbehave"));
        _neighbour = Boot(1);
    }

    public void Look()
    {
        var own = Deliver(_neighbour, NewStore(), TaskEvent("count"));
        Assert.Equal($"{++_counted}", ResultText(own));
        using (var fresh = Boot(2))
        {
            var outcome = Deliver(fresh, NewStore(), TaskEvent("count"));
            Assert.Equal("1", ResultText(outcome));
            _fuel = _fuel == 0 ? outcome.FuelUsed : _fuel;
            Assert.Equal(_fuel, outcome.FuelUsed);
        }

        Assert.Equal(1, _engine.CellsLive);
        if (!_isAlone)
        {
            return;
        }

        using var process = Process.GetCurrentProcess();
        _firstBytes = ++_looks == 2 ? process.WorkingSet64 : _firstBytes;
        Assert.True(_looks < 2 || process.WorkingSet64 < _firstBytes + MostGrowthBytes, $"The process grew from {_firstBytes} to {process.WorkingSet64} bytes.");
    }

    public void Dispose()
    {
        _neighbour.Dispose();
        _module.Dispose();
    }

    private Cell Boot(int number) => Cell.Boot(
        _engine, _module, new CellId(new Guid(number, 0, 0, [1, 0, 0, 0, 0, 0, 0, 0])), _profile, new BootClock(TimeProvider.System));
}
