using System.Net;
using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Unit.Kernel;

/// <summary>Goal: an address is read in one way or not at all, and what is special is so under every name it has.</summary>
public sealed class NetworkRangeTests
{
    [Theory]
    [InlineData("10.0.0.0/8", "10.255.0.1", true)]
    [InlineData("10.0.0.0/8", "11.0.0.0", false)]
    [InlineData("0.0.0.0/0", "203.0.113.1", true)]
    [InlineData("0.0.0.0/0", "2001:db8::1", false)]
    [InlineData("10.20.0.7", "10.20.0.7", true)]
    [InlineData("10.20.0.7", "::ffff:10.20.0.7", true)]
    [InlineData("10.20.0.7", "10.20.0.8", false)]
    [InlineData("::/0", "10.20.0.7", false)]
    [InlineData("fd00::/8", "fdff::1", true)]
    public void A_network_contains_its_addresses_by_any_of_their_forms(string network, string address, bool contains)
    {
        Assert.True(NetworkRange.TryParse(network, out var range));
        Assert.Equal(contains, range.Contains(IPAddress.Parse(address)));
        Assert.Equal(network, range.ToString());
    }

    [Theory]
    [InlineData("10.0.0.1/8")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.0/ 8")]
    [InlineData("010.0.0.1")]
    [InlineData("0x0a.0.0.1")]
    [InlineData("2130706433")]
    [InlineData("127.1")]
    [InlineData("fe80::1%eth0")]
    [InlineData("fd00::1/8")]
    [InlineData("")]
    [InlineData("name")]
    [InlineData(null)]
    public void What_could_be_read_in_two_ways_is_no_network(string? text) => Assert.False(NetworkRange.TryParse(text, out _));

    [Theory]
    [InlineData("169.254.169.254", "metadata")]
    [InlineData("::ffff:169.254.169.254", "metadata")]
    [InlineData("169.254.1.1", "link_local")]
    [InlineData("127.255.255.255", "loopback")]
    [InlineData("::1", "loopback")]
    [InlineData("::7f00:1", "unspecified")]
    [InlineData("0.0.0.0", "unspecified")]
    [InlineData("0.1.2.3", "unspecified")]
    [InlineData("255.255.255.255", "reserved")]
    [InlineData("224.0.0.251", "multicast")]
    [InlineData("64:ff9b::a9fe:a9fe", "translated")]
    [InlineData("2002:7f00:1::", "translated")]
    [InlineData("fd00:ec2::254", "metadata")]
    [InlineData("fe80::1", "link_local")]
    [InlineData("10.0.0.1", null)]
    [InlineData("203.0.113.1", null)]
    [InlineData("2001:db8::1", null)]
    public void A_special_address_is_known_by_what_it_is(string address, string? word) => Assert.Equal(word, SpecialAddresses.Of(IPAddress.Parse(address)));
}
