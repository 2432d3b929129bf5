extern alias broker;

using System.Net;
using broker::Voxeltron.Broker;
using broker::Voxeltron.Broker.Interop;
using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Unit.Broker;

/// <summary>Goal: the broker's arithmetic and texts, without a namespace.</summary>
public sealed class BrokerPartsTests
{
    [Fact]
    public void Every_namespace_has_two_addresses_of_its_own()
    {
        var plan = new AddressPlan(Range("10.213.0.0/16"), 32_768);
        Assert.Equal(("10.213.0.0", "10.213.0.1"), (plan.Gateway(0).ToString(), plan.Inside(0).ToString()));
        Assert.Equal(("10.213.1.0", "10.213.1.1"), (plan.Gateway(128).ToString(), plan.Inside(128).ToString()));
        Assert.Equal("10.213.255.255", plan.Inside(32_767).ToString());
        Assert.Throws<VoxeltronException>(() => new AddressPlan(Range("10.213.0.0/16"), 32_769));
        Assert.Throws<VoxeltronException>(() => new AddressPlan(Range("10.213.0.0/32"), 1));
        Assert.Throws<VoxeltronException>(() => new AddressPlan(Range("fd00::/64"), 1));
    }

    [Fact]
    public void Only_single_addresses_are_written_into_the_rules_beforehand()
    {
        var profile = new EgressProfile(
            "p", new TenantId("acme"), 0, 1,
            [
                new EgressGrant(null, [Range("0.0.0.0/0"), Range("10.1.0.7"), Range("fd00::1")], [443, 8443], Plain: false),
                new EgressGrant("claims.example", [Range("10.1.0.8")], [443], Plain: false),
            ],
            EgressLimits.Default);
        Assert.Equal([(IPAddress.Parse("10.1.0.7"), 443), (IPAddress.Parse("10.1.0.7"), 8443)], SpaceRules.Fixed(profile).OrderBy(static place => place.Port));
        Assert.Contains("10.1.0.7 . 8443", SpaceRules.Text(SpaceRules.Fixed(profile)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_netlink_attribute_is_found_whatever_stands_around_it()
    {
        var message = new NetlinkMessage(1, 0).Attribute(7, [1, 2, 3, 4, 5]).Nest(9, static inner => inner.Attribute(3, 42)).Attribute(8, "eth0");
        var attributes = message.Finish(1).AsSpan(16, message.Length - 16);

        Assert.Equal([1, 2, 3, 4, 5], NetlinkMessage.Find(attributes, 7).ToArray());
        Assert.Equal([42, 0, 0, 0], NetlinkMessage.Find(NetlinkMessage.Find(attributes, 9), 3).ToArray());
        Assert.Equal("eth0\0"u8.ToArray(), NetlinkMessage.Find(attributes, 8).ToArray());
        Assert.True(NetlinkMessage.Find(attributes, 6).IsEmpty);
        Assert.True(NetlinkMessage.Find([8, 0], 6).IsEmpty);
        Assert.True(NetlinkMessage.Find([2, 0, 6, 0, 1, 1, 1, 1], 6).IsEmpty);
    }

    [Fact]
    public void A_hosts_file_is_read_as_the_machine_reads_its_own()
    {
        var hosts = Names.ParseHosts(["# comment", "10.0.0.1 A.example b.example # two", "10.0.0.2\ta.example", "nonsense c.example", "fd00::1 d.example", ""]);
        Assert.Equal([IPAddress.Parse("10.0.0.1"), IPAddress.Parse("10.0.0.2")], hosts["a.example"]);
        Assert.Equal([IPAddress.Parse("10.0.0.1")], hosts["b.example"]);
        Assert.False(hosts.ContainsKey("c.example"));
        Assert.Equal([IPAddress.Parse("fd00::1")], hosts["d.example"]);
    }

    [Theory]
    [InlineData("--spaces", "0")]
    [InlineData("--range", "10.213.0.1/16")]
    [InlineData("--fly", "1")]
    [InlineData("--spaces")]
    [InlineData("--check-it")]
    public void A_wrong_option_is_refused_by_its_name(params string[] arguments)
    {
        var refused = Assert.Throws<VoxeltronException>(() => BrokerOptions.Parse(["--socket", "s", "--keys", "k", .. arguments]));
        Assert.Contains(arguments[0], refused.Message, StringComparison.Ordinal);
    }

    private static NetworkRange Range(string text) => NetworkRange.TryParse(text, out var range) ? range : throw new InvalidOperationException(text);
}
