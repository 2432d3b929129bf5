using Voxeltron.Kernel;
using Xunit;
using Xunit.Abstractions;

namespace Voxeltron.Tests.Unit.Ultra;

public sealed class StreamOrderTests(ITestOutputHelper output)
{
    /// <summary>Commits hold their streams in the order of the hexadecimal text: SQL and the offline verifier go by it too.</summary>
    [Fact]
    public void Streams_order_as_their_text_does()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var i = 0; i < 10_000; i++)
        {
            var (a, b) = (new byte[16], new byte[16]);
            random.NextBytes(a);
            // Now and then equal up to some byte, so that every byte decides sometimes.
            a.AsSpan(0, random.Next(17)).CopyTo(b);
            random.NextBytes(b.AsSpan(random.Next(17)));
            var (x, y) = (new StreamId(new Guid(a, bigEndian: true)), new StreamId(new Guid(b, bigEndian: true)));
            Assert.Equal(Math.Sign(string.CompareOrdinal(x.Hex, y.Hex)), Math.Sign(x.CompareTo(y)));
        }
    }
}
