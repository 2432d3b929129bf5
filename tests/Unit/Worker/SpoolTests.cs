using System.Text;
using Voxeltron.CellWorker;
using Xunit;
using Xunit.Abstractions;

namespace Voxeltron.Tests.Unit.Worker;

/// <summary>Goal: what is stored comes back or is known to be lost, nobody else can read it, and the room is bounded. Method: a model of extents, and the file itself.</summary>
public sealed class SpoolTests(ITestOutputHelper output)
{
    [Fact]
    public void What_is_stored_comes_back_and_its_room_is_used_again()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        using var spool = Spool.Open(Path.GetTempPath(), 1 << 20);
        var held = new List<(SpoolPlace Place, byte[] Image)>();
        var (stored, full) = (0, 0);
        for (var i = 0; i < 5_000; i++)
        {
            if (held.Count > 0 && random.Next(2) == 0)
            {
                var at = random.Next(held.Count);
                AssertRead(spool, held[at].Place, held[at].Image);
                spool.Free(held[at].Place);
                held.RemoveAt(at);
                continue;
            }

            var image = new byte[random.Next(5) == 0 ? random.Next(1, 60_000) : random.Next(1, 3_000)];
            random.NextBytes(image);
            if (spool.TryStore(image) is { } place)
            {
                stored++;
                held.Add((place, image));
            }
            else
            {
                full++;
                Assert.True(spool.UsedBytes > 1 << 19, $"Full at {spool.UsedBytes} bytes; seed {seed}.");
            }

            Assert.Equal(held.Count, spool.Images);
        }

        Assert.True(stored > 1_000, $"Stored {stored}, refused {full}.");
        foreach (var (place, image) in held)
        {
            AssertRead(spool, place, image);
            spool.Free(place);
        }

        Assert.Equal((0, 0L), (spool.Images, spool.UsedBytes));
        Assert.InRange(RandomAccess.GetLength(spool.File), 1, 1 << 20);
    }

    [Fact]
    public void Extents_never_overlap()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var space = new SpoolSpace(256 * 1024);
        var taken = new List<(long From, int Length)>();
        for (var i = 0; i < 20_000; i++)
        {
            var length = random.Next(1, random.Next(2) == 0 ? 600 : 20_000);
            if (random.Next(100) < 55 && space.Take(length) is { } at)
            {
                Assert.True(at + length <= 256 * 1024, $"Beyond the end; seed {seed}.");
                Assert.DoesNotContain(taken, other => at < other.From + other.Length && other.From < at + length);
                taken.Add((at, length));
            }
            else if (taken.Count > 0)
            {
                var which = random.Next(taken.Count);
                space.Give(taken[which].From, taken[which].Length);
                taken.RemoveAt(which);
            }
        }

        taken.ForEach(extent => space.Give(extent.From, extent.Length));
        Assert.Equal((0L, 0L), (space.UsedBytes, space.EndBytes));
    }

    [Fact]
    public void Damage_is_noticed_wherever_it_is_and_an_older_image_does_not_pass_for_a_newer()
    {
        using var spool = Spool.Open(Path.GetTempPath(), 1 << 20);
        var image = Encoding.UTF8.GetBytes(new string('m', 1_000));
        var first = spool.TryStore(image)!.Value;
        var second = spool.TryStore([.. image.AsEnumerable().Reverse(), 1])!.Value;
        for (var at = 0; at < first.Length; at += 37)
        {
            var one = new byte[1];
            RandomAccess.Read(spool.File, one, first.Offset + at);
            RandomAccess.Write(spool.File, [(byte)(one[0] ^ 1)], first.Offset + at);
            Assert.False(spool.TryRead(first, new byte[first.Length]));
            RandomAccess.Write(spool.File, one, first.Offset + at);
        }

        AssertRead(spool, first, image);
        var older = new byte[first.Length];
        RandomAccess.Read(spool.File, older, first.Offset);
        spool.Free(first);
        var newer = spool.TryStore(image)!.Value;
        Assert.Equal(first.Offset, newer.Offset);
        RandomAccess.Write(spool.File, older, newer.Offset);
        Assert.False(spool.TryRead(newer, new byte[newer.Length]));
        Assert.True(spool.TryRead(second, new byte[second.Length]));
    }

    [Fact]
    public void The_file_has_no_name_and_holds_nothing_readable()
    {
        var directory = Path.Combine(Path.GetTempPath(), $"voxeltron-spool-{Guid.NewGuid():N}");
        using (var spool = Spool.Open(directory, 1 << 20))
        {
            Assert.Empty(Directory.GetFileSystemEntries(directory));
            var secret = Encoding.UTF8.GetBytes("patient 4711 has a diagnosis that is nobody's business");
            Assert.NotNull(spool.TryStore(secret));
            var file = new byte[RandomAccess.GetLength(spool.File)];
            RandomAccess.Read(spool.File, file, 0);
            Assert.Equal(-1, file.AsSpan().IndexOf("patient"u8));
        }

        Directory.Delete(directory);
    }

    [Fact]
    public void A_spool_that_is_gone_neither_takes_nor_gives()
    {
        var spool = Spool.Open(Path.GetTempPath(), 1 << 20);
        var place = spool.TryStore([1, 2, 3])!.Value;
        spool.Dispose();
        Assert.Null(spool.TryStore([1]));
        Assert.False(spool.TryRead(place, new byte[3]));
        spool.Free(place);
    }

    private static void AssertRead(Spool spool, SpoolPlace place, byte[] image)
    {
        var read = new byte[place.Length];
        Assert.True(spool.TryRead(place, read));
        Assert.Equal(image, read);
    }
}
