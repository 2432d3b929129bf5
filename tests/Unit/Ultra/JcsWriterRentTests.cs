using Voxeltron.Kernel;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Ultra;

public sealed class JcsWriterRentTests
{
    [Fact]
    public void Two_writers_at_once_are_two()
    {
        var outer = JcsWriter.Rent().BeginObject().Name("a");
        var inner = JcsWriter.Rent().BeginObject().EndObject();
        Assert.Equal("{}", inner.ToString());
        inner.Return();
        Assert.Equal("{\"a\":1}", outer.Integer(1).EndObject().ToString());
        outer.Return();
    }

    [Fact]
    public void A_writer_given_back_in_the_middle_of_a_text_begins_anew()
    {
        var broken = JcsWriter.Rent();
        broken.BeginObject().Name("z").BeginArray().Integer(1);
        broken.Return();
        Assert.Same(broken, JcsWriter.Rent());
        Assert.Equal("{\"a\":2}", broken.BeginObject().Name("a").Integer(2).EndObject().ToString());
    }

    [Fact]
    public void A_text_nested_deeper_than_usual_is_written_and_one_too_deep_is_refused()
    {
        var writer = new JcsWriter();
        for (var i = 0; i < Jcs.MaxDepth; i++)
        {
            writer.BeginArray();
        }

        Assert.Throws<InvariantException>(() => writer.BeginArray());
        for (var i = 0; i < Jcs.MaxDepth; i++)
        {
            writer.EndArray();
        }

        Assert.Equal(new string('[', Jcs.MaxDepth) + new string(']', Jcs.MaxDepth), writer.ToString());
    }
}
