using System.Text;
using Voxeltron.Kernel;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Ultra;

public sealed class JcsTests
{
    [Theory]
    [InlineData("{\"b\":1,\"a\":2}", "{\"a\":2,\"b\":1}")]
    [InlineData(" [ 1.0 , 1e2 , -0 , 0.000001 , 1e-7 , 1E21 , 123456789012345680000 ] ", "[1,100,0,0.000001,1e-7,1e+21,123456789012345680000]")]
    [InlineData("9007199254740993", "9007199254740992")]
    [InlineData("[4.9e-324,1.7976931348623157e308,-1.5]", "[5e-324,1.7976931348623157e+308,-1.5]")]
    [InlineData("\"\\u0041\\/\\u001f\\u007f\\ud83d\\ude00\"", "\"A/\\u001f\u007f\U0001F600\"")]
    [InlineData("{\"\\ufb33\":1,\"\\ud83d\\ude00\":2}", "{\"\U0001F600\":2,\"\uFB33\":1}")]
    public void A_text_becomes_its_one_canonical_form(string json, string expected)
    {
        Assert.Equal(expected, Encoding.UTF8.GetString(Jcs.Canonicalize(Encoding.UTF8.GetBytes(json))));
        Assert.True(Jcs.IsCanonical(expected));
        Assert.Equal(json == expected, Jcs.IsCanonical(json));
    }

    [Theory]
    [InlineData("{\"a\":1,\"a\":1}", JcsException.DuplicateKey)]
    [InlineData("{\"a\":1,\"\\u0061\":2}", JcsException.DuplicateKey)]
    [InlineData("\"\\ud800\"", JcsException.BadText)]
    [InlineData("{\"\\udc00\":1}", JcsException.BadText)]
    [InlineData("1e999", JcsException.NumberOutOfRange)]
    [InlineData("[1", JcsException.Malformed)]
    [InlineData("", JcsException.Malformed)]
    [InlineData("1 2", JcsException.Malformed)]
    public void An_ambiguous_or_broken_text_is_refused_by_name(string json, string reason)
    {
        var refusal = Assert.Throws<JcsException>(() => Jcs.Canonicalize(Encoding.UTF8.GetBytes(json)));
        Assert.Equal(reason, refusal.Reason);
        Assert.InRange(refusal.Position, 0, json.Length);
    }

    [Fact]
    public void Nesting_is_bounded()
    {
        var deepest = new string('[', Jcs.MaxDepth) + new string(']', Jcs.MaxDepth);
        Assert.True(Jcs.IsCanonical(deepest));
        var refusal = Assert.Throws<JcsException>(() => Jcs.Canonicalize(Encoding.UTF8.GetBytes("[" + deepest + "]")));
        Assert.Equal(JcsException.TooDeep, refusal.Reason);
    }

    [Theory]
    [InlineData("1.5")]
    [InlineData("1.0")]
    [InlineData("1e2")]
    [InlineData("9007199254740992")]
    public void Bodies_take_integers_below_2_to_the_53_only(string number)
    {
        var refusal = Assert.Throws<JcsException>(() => Jcs.Canonicalize(Encoding.UTF8.GetBytes(number), integersOnly: true));
        Assert.Equal(JcsException.NotAnInteger, refusal.Reason);
        Assert.Equal("9007199254740991", Encoding.UTF8.GetString(Jcs.Canonicalize("9007199254740991"u8, integersOnly: true)));
    }

    [Fact]
    public void The_writer_writes_what_the_canonicaliser_would()
    {
        var writer = new JcsWriter(1);
        for (var round = 0; round < 2; round++)
        {
            writer.Reset();
            writer.BeginObject()
                .Name("array").BeginArray().Integer(-1).Integer(long.MaxValue >> 10).Boolean(true).Null().BeginObject().EndObject().EndArray()
                .Name("base64").Base64([1, 2, 3, 4]).Name("hex").Hex([0xab, 0x01])
                .Name("text").String("a\"\\\n\u0001é\U0001F600")
                .Name("z").Canonical("{\"a\":1}"u8).EndObject();
            Assert.True(Jcs.IsCanonical(writer.ToString(), integersOnly: true), writer.ToString());
        }

        Assert.StartsWith("{\"array\":[-1,9007199254740991,true,null,{}],\"base64\":\"AQIDBA==\",\"hex\":\"ab01\",\"text\":\"a\\\"\\\\\\n\\u0001é", writer.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_writer_refuses_what_would_not_be_canonical()
    {
        Assert.Throws<InvariantException>(() => new JcsWriter().BeginObject().Name("b").Integer(1).Name("a"));
        Assert.Throws<InvariantException>(() => new JcsWriter().BeginObject().Name("a").Integer(1).Name("a"));
        Assert.Throws<InvariantException>(() => new JcsWriter().Integer(1L << 53));
        Assert.Throws<JcsException>(() => new JcsWriter().String("\ud800"));
    }

    // Goal: no double prints as anything but its shortest round-trip form. Method: random bit patterns, read back.
    [Fact]
    public void Numbers_read_back_as_themselves()
    {
        const int seed = 20_261;
        var random = new Random(seed);
        for (var i = 0; i < 20_000; i++)
        {
            var value = BitConverter.Int64BitsToDouble(random.NextInt64());
            if (!double.IsFinite(value))
            {
                continue;
            }

            var text = Encoding.UTF8.GetString(Jcs.Canonicalize(Encoding.UTF8.GetBytes(value.ToString("E17"))));
            Assert.True(double.Parse(text).Equals(value), $"seed {seed}, round {i}: {value:R} became {text}");
            Assert.True(Jcs.IsCanonical(text), $"seed {seed}, round {i}: {text}");
        }
    }
}
