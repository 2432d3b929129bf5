using Xunit;
using Xunit.Abstractions;

namespace Voxeltron.Tests.Unit.Cosmictron.Views;

/// <summary>
/// Goal: a cursor is told every change exactly once, in order, whatever merges, aborts, snapshots and new SQL come between.
/// Method: random histories; the oracle is the view's content at each seq, kept whole.
/// </summary>
public sealed class ViewCursorTests(ITestOutputHelper output)
{
    private const int FixedSeeds = 60;
    private const int Steps = 300;

    private int _merged;
    private int _resets;
    private int _aborted;
    private int _restored;

    [Fact]
    public void A_cursor_is_told_every_change_exactly_once()
    {
        var clock = Environment.TickCount & 0x3FFF_FFFF;
        output.WriteLine($"seeds 1 to {FixedSeeds}, {clock} to {clock + 19}");
        foreach (var seed in Enumerable.Range(1, FixedSeeds).Concat(Enumerable.Range(clock, 20)))
        {
            try
            {
                Run(new Random(seed));
            }
            catch
            {
                output.WriteLine($"seed {seed}");
                throw;
            }
        }

        output.WriteLine($"{_merged} deliveries of more than one transaction, {_resets} resets, {_aborted} aborted, {_restored} snapshots");
        Assert.True(_merged > 100 && _resets > 20 && _aborted > 20 && _restored > 20, "The histories test too little.");
    }

    private void Run(Random random)
    {
        var world = new CursorWorld(random);
        for (var step = 0; step < Steps; step++)
        {
            switch (random.Next(20))
            {
                case < 9:
                    world.Act();
                    break;
                case < 11:
                    world.Follow();
                    break;
                case < 15:
                    Deliver(world, random);
                    break;
                case 15:
                    world.End();
                    break;
                case 16 when random.Next(4) == 0:
                    world.Rebuild();
                    break;
                case 17:
                    world.Restore();
                    _restored++;
                    break;
            }
        }

        world.IsQuiet = true;
        while (world.Deliver() is not null)
        {
        }

        world.AssertAllTold();
    }

    private bool Deliver(CursorWorld world, Random random)
    {
        if (random.Next(6) == 0)
        {
            _aborted += world.Abort() ? 1 : 0;
            return true;
        }

        var told = world.Deliver();
        _merged += told is { Transactions: > 1 } ? 1 : 0;
        _resets += told is { IsReset: true } ? 1 : 0;
        return told is not null;
    }
}
