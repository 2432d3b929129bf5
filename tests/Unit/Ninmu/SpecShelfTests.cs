using System.Text;
using Voxeltron.Ninmu;
using Xunit;

namespace Voxeltron.Tests.Unit.Ninmu;

/// <summary>Goal: equal bytes are one spec, other bytes another, and a stream of ever new specs fills no memory.</summary>
public sealed class SpecShelfTests
{
    private readonly SpecShelf _shelf = new();

    [Fact]
    public void Equal_bytes_are_read_once()
    {
        var first = _shelf.Parse(Spec("one"));
        Assert.NotNull(first.Spec);
        Assert.Same(first.Spec, _shelf.Parse(Spec("one")).Spec);
        Assert.NotSame(first.Spec, _shelf.Parse(Spec("two")).Spec);
        Assert.Equal("two", _shelf.Parse(Spec("two")).Spec!.Name);
    }

    [Fact]
    public void A_refusal_is_said_and_not_kept()
    {
        Assert.NotEmpty(_shelf.Parse("{}"u8).Errors);
        Assert.Equal(0, _shelf.Count);
    }

    [Fact]
    public void What_is_kept_is_bounded()
    {
        for (var i = 0; i < 2 * SpecShelf.MostSpecs; i++)
        {
            Assert.NotNull(_shelf.Parse(Spec($"s{i}")).Spec);
            Assert.InRange(_shelf.Count, 1, SpecShelf.MostSpecs);
        }
    }

    private static byte[] Spec(string name) =>
        Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Specs.Json("", "{'id':'a'}")).Replace("\"test\"", $"\"{name}\"", StringComparison.Ordinal));
}
