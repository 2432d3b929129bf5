using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Unit.Kernel;

/// <summary>Goal: an address a cell gives is read in exactly one way, or refused.</summary>
public sealed class EgressUrlTests
{
    [Theory]
    [InlineData("https://Claims.Example.org/a?b=c", "https://claims.example.org/a?b=c", "claims.example.org", 443)]
    [InlineData("HTTP://a.example", "http://a.example/", "a.example", 80)]
    [InlineData("https://a.example:8443?q", "https://a.example:8443/?q", "a.example", 8443)]
    [InlineData("http://10.20.0.7:443/", "http://10.20.0.7:443/", "10.20.0.7", 443)]
    [InlineData("https://[2001:DB8::1]/x", "https://[2001:db8::1]/x", "2001:db8::1", 443)]
    [InlineData("https://[2001:db8::1]:8443/x", "https://[2001:db8::1]:8443/x", "2001:db8::1", 8443)]
    [InlineData("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/", "xn--bcher-kva.example", 443)]
    public void The_strict_form_is_read(string text, string again, string host, int port)
    {
        Assert.True(EgressUrl.TryParse(text, out var url));
        Assert.Equal((again, host, port), (url.ToString(), url.Host, url.Port));
    }

    [Fact]
    public void A_mapped_address_is_the_address_it_hides()
    {
        Assert.True(EgressUrl.TryParse("https://[::ffff:169.254.169.254]/", out var url));
        Assert.Equal("169.254.169.254", url.Address!.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("a.example")]
    [InlineData("ftp://a.example/")]
    [InlineData("https:/a.example/")]
    [InlineData("https://")]
    [InlineData("https:///x")]
    [InlineData("https://user@a.example/")]
    [InlineData("https://user:secret@a.example/")]
    [InlineData("https://a.example@b.example/")]
    [InlineData("https://a.example#f")]
    [InlineData("https://a.example\\@b.example/")]
    [InlineData("https://a.example./")]
    [InlineData("https://a..example/")]
    [InlineData("https://-a.example/")]
    [InlineData("https://a_b.example/")]
    [InlineData("https://bücher.example/")]
    [InlineData("https://a.example/ b")]
    [InlineData("https://a.example/\r\nHost: b")]
    [InlineData("https://2130706433/")]
    [InlineData("https://0x7f000001/")]
    [InlineData("https://0x7f.0.0.1/")]
    [InlineData("https://0177.0.0.1/")]
    [InlineData("https://127.1/")]
    [InlineData("https://127.0.0.1./")]
    [InlineData("https://1.2.3.4.5/")]
    [InlineData("https://256.0.0.1/")]
    [InlineData("https://::1/")]
    [InlineData("https://[::1/")]
    [InlineData("https://[fe80::1%25eth0]/")]
    [InlineData("https://[fe80::1%eth0]/")]
    [InlineData("https://[127.0.0.1]/")]
    [InlineData("https://a.example:0/")]
    [InlineData("https://a.example:080/")]
    [InlineData("https://a.example:65536/")]
    [InlineData("https://a.example:/")]
    [InlineData("https://a.example:443:443/")]
    [InlineData("https://[::1]x:443/")]
    [InlineData("https://a%2eexample/")]
    public void What_another_reader_might_take_otherwise_is_refused(string text) => Assert.False(EgressUrl.TryParse(text, out _));
}
