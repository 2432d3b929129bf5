using Voxeltron.Replay;
using Xunit;
using Xunit.Abstractions;

namespace Voxeltron.Tests.Unit.Replay;

/// <summary>Goal: what a replay remembers for later tasks is bounded in memory and comes back as it was. Method: more than fits, read in another order.</summary>
public sealed class ByteSpoolTests(ITestOutputHelper output)
{
    [Fact]
    public void What_does_not_fit_in_memory_comes_back_from_the_file()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        using var spool = new ByteSpool { MostInMemory = 1_000 };
        var held = new Dictionary<long, byte[]>();
        for (var seq = 1L; seq <= 200; seq++)
        {
            var bytes = new byte[random.Next(5) == 0 ? 0 : random.Next(400)];
            random.NextBytes(bytes);
            spool.Add(seq, bytes);
            held.Add(seq, bytes);
        }

        Assert.InRange(spool.BytesInFile, held.Values.Sum(static bytes => (long)bytes.Length) - 1_000, long.MaxValue);
        foreach (var seq in held.Keys.OrderBy(_ => random.Next()))
        {
            Assert.True(spool.Contains(seq) && spool.TryGet(seq, out var bytes) && bytes.AsSpan().SequenceEqual(held[seq]), $"seq {seq}");
        }

        Assert.False(spool.Contains(201) || spool.TryGet(201, out _));
    }

    [Fact]
    public void Its_file_is_in_no_folder()
    {
        var before = Directory.GetFileSystemEntries(Path.GetTempPath(), "voxeltron-replay-*").Length;
        using var spool = new ByteSpool { MostInMemory = 0 };
        spool.Add(1, [1, 2, 3]);

        if (!OperatingSystem.IsWindows())
        {
            Assert.InRange(Directory.GetFileSystemEntries(Path.GetTempPath(), "voxeltron-replay-*").Length, 0, before);
        }

        Assert.True(spool.TryGet(1, out var bytes));
        Assert.Equal([1, 2, 3], bytes);
    }
}
