using Voxeltron.Cosmictron;
using Xunit;

namespace Voxeltron.Tests.Unit.Cosmictron.Dataflow;

/// <summary>Goal: a trace is a sorted map of weights. Method: random changes on two traces of one space and on sorted maps, in waves that fill and empty them.</summary>
public sealed class TraceTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_changes_agree_with_a_sorted_map(int seed)
    {
        var random = new Random(seed);
        var space = new TraceSpace();
        var traces = new[] { new Trace(space, isOrdered: true, extraBytes: 4), new Trace(space, isOrdered: true) };
        var models = new[] { new SortedDictionary<string, long>(StringComparer.Ordinal), new SortedDictionary<string, long>(StringComparer.Ordinal) };
        for (var i = 0; i < 12_000; i++)
        {
            var which = random.Next(2);
            var (trace, model) = (traces[which], models[which]);
            var row = RandomRow(random);
            var had = model.GetValueOrDefault(Convert.ToHexString(row));
            var weight = (i / 3_000) % 2 == 0 ? random.Next(-1, 4) : -Math.Max(had, 1) + (random.Next(20) == 0 ? 1 : 0);
            var (before, after) = trace.Add(row, weight, out var extra);
            Assert.Equal((had, had + weight), (before, after));
            Assert.Equal(after == 0 || which == 1 ? 0 : 4, extra.Length);
            model[Convert.ToHexString(row)] = after;
            if (after == 0)
            {
                model.Remove(Convert.ToHexString(row));
            }

            if (random.Next(80) == 0)
            {
                CheckPrefix(trace, model, RandomRow(random)[..random.Next(1, 4)]);
                space.Compact();
            }
        }

        for (var which = 0; which < 2; which++)
        {
            CheckPrefix(traces[which], models[which], []);
            Assert.Equal(models[which].Keys.Sum(row => Trace.RowOverhead + (row.Length / 2) + (which == 0 ? 4 : 0)), traces[which].Bytes);
        }

        Assert.Equal(traces[0].Bytes + traces[1].Bytes, space.Bytes);
    }

    private static byte[] RandomRow(Random random)
    {
        // Now and then one longer than a table's key may be.
        var row = new byte[random.Next(400) == 0 ? 70_000 : random.Next(3, 30)];
        row[0] = (byte)random.Next(3);
        row[1] = (byte)(random.Next(3) * 127);
        row[2] = (byte)random.Next(120);
        return row;
    }

    private static void CheckPrefix(Trace trace, SortedDictionary<string, long> model, byte[] prefix)
    {
        var wanted = model.Where(row => row.Key.StartsWith(Convert.ToHexString(prefix), StringComparison.Ordinal)).ToList();
        var position = trace.Seek(prefix);
        foreach (var (row, weight) in wanted)
        {
            Assert.True(trace.TryRead(ref position, prefix, out var found, out var has));
            Assert.Equal((row, weight), (Convert.ToHexString(found), has));
        }

        Assert.False(trace.TryRead(ref position, prefix, out _, out _));
        Assert.Equal(wanted.Count > 0, trace.TryFirst(prefix, out var first));
        Assert.Equal(wanted.Count > 0, trace.TryLast(prefix, out var last));
        if (wanted.Count > 0)
        {
            Assert.Equal(wanted[0].Key, Convert.ToHexString(first));
            Assert.Equal(wanted[^1].Key, Convert.ToHexString(last));
        }
    }
}
