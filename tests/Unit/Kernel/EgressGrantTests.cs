using System.Net;
using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Unit.Kernel;

/// <summary>Goal: a grant allows what its words say, and never by a wide network what is only meant by name.</summary>
public sealed class EgressGrantTests
{
    [Theory]
    [InlineData("0.0.0.0/0", "203.0.113.1", null)]
    [InlineData("0.0.0.0/0", "169.254.169.254", "metadata")]
    [InlineData("0.0.0.0/0", "127.0.0.1", "loopback")]
    [InlineData("0.0.0.0/0", "::ffff:127.0.0.1", "loopback")]
    [InlineData("169.254.0.0/16", "169.254.169.254", null)]
    [InlineData("169.254.169.254", "169.254.169.254", null)]
    [InlineData("127.0.0.1", "127.0.0.1", null)]
    [InlineData("10.0.0.0/8", "203.0.113.1", "not_granted")]
    [InlineData("10.0.0.0/8", "127.0.0.1", "loopback")]
    public void A_grant_of_addresses_reaches_special_ones_only_when_it_lies_within_them(string network, string address, string? why)
    {
        var grant = Of(null, [network]);
        Assert.Equal(why, grant.Allows(IPAddress.Parse(address)));
        Assert.Equal(why is null, grant.Covers(address, IPAddress.Parse(address), 443));
        Assert.False(grant.Covers(address, IPAddress.Parse(address), 80));
    }

    [Fact]
    public void A_grant_of_a_name_covers_that_name_and_no_address()
    {
        var grant = Of("claims.example", []);
        Assert.True(grant.Covers("claims.example", null, 443));
        Assert.False(grant.Covers("a.claims.example", null, 443));
        Assert.False(grant.Covers("203.0.113.1", IPAddress.Parse("203.0.113.1"), 443));
        Assert.Null(grant.Allows(IPAddress.Parse("203.0.113.1")));
        Assert.Equal("metadata", grant.Allows(IPAddress.Parse("169.254.169.254")));
        var narrowed = Of("claims.example", ["10.20.0.0/16"]);
        Assert.Null(narrowed.Allows(IPAddress.Parse("10.20.1.1")));
        Assert.Equal("not_granted", narrowed.Allows(IPAddress.Parse("203.0.113.1")));
    }

    [Fact]
    public void Only_a_single_address_is_named()
    {
        Assert.True(Of(null, ["198.51.100.1"]).Names(IPAddress.Parse("198.51.100.1")));
        Assert.True(Of(null, ["198.51.100.1"]).Names(IPAddress.Parse("::ffff:198.51.100.1")));
        Assert.False(Of(null, ["198.51.100.0/31"]).Names(IPAddress.Parse("198.51.100.1")));
    }

    [Fact]
    public void Plain_http_is_found_only_where_it_is_allowed()
    {
        var profile = new EgressProfile("p", new TenantId("acme"), 0, 1, [Of("a.example", []), Of("b.example", []) with { Plain = true }], EgressLimits.Default);
        Assert.NotNull(profile.Find(Url("https://a.example/")));
        Assert.Null(profile.Find(Url("http://a.example:443/")));
        Assert.NotNull(profile.Find(Url("http://b.example:443/")));
        Assert.Null(profile.Find(Url("https://c.example/")));
    }

    private static EgressUrl Url(string text) => EgressUrl.TryParse(text, out var url) ? url : throw new InvalidOperationException(text);

    private static EgressGrant Of(string? host, string[] networks) =>
        new(host, [.. networks.Select(static text => NetworkRange.TryParse(text, out var range) ? range : throw new InvalidOperationException(text))], [443], Plain: false);
}
