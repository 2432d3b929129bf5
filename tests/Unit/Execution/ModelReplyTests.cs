using System.Text;
using Voxeltron.Cells;
using Voxeltron.Cosmictron;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Unit.Execution;

/// <summary>Goal: what was asked of models and what they answered are read as they were written, and a snapshot knows which of the open requests are theirs.</summary>
public sealed class ModelReplyTests
{
    [Theory]
    [InlineData("plain")]
    [InlineData("a\0b\u0001")]
    [InlineData("é\u2028😀\"\\\r\n\t")]
    public void An_answer_is_read_back_from_its_entry(string text)
    {
        var reply = new ModelReply("west", "m-1", "stop", 7, 3, Encoding.UTF8.GetBytes(text), "10.0.0.1");
        var bytes = reply.Write();
        Assert.Equivalent(reply, ModelReply.Read(bytes));
        Assert.DoesNotContain("\\u0000", Encoding.UTF8.GetString(bytes), StringComparison.Ordinal);
        Assert.IsType<ModelReply>(Replies.Read(new OpenRequest("a", 1, 1, "") { IsModel = true }, bytes));
    }

    [Fact]
    public void A_call_is_read_back_from_the_action_that_asked()
    {
        var call = new CellModelCall(7, "small", 20, """{"messages":[{"content":"a\u0001é","role":"user"}],"temperature":0.7}"""u8.ToArray(), "t.1");
        Assert.True(EgressUrl.TryParse("https://a.example/", out var url));
        var outcome = new ActionOutcome(ActionStatus.Waiting, null, null, [], 0, 0, [], [], [])
        {
            ModelCalls = [call],
            Requests = [new CellRequest(8, "GET", url, [], [], 1, 1, 0, "h")],
        };

        var payload = ActionPayload.Write(outcome, WriteSet.Empty, withResult: false);

        Assert.Equivalent(call, ModelPayload.Read(payload, 7));
        Assert.Throws<InvariantException>(() => ModelPayload.Read(payload, 8));
        Assert.Throws<PayloadErasedException>(() => ModelPayload.Read(null, 7));
        BegunRequest[] begun = [new(7, "t.1", IsModel: true, ModelTokens.Estimate(call.Request.Length), 20), new(8, "h", Takes: 1)];
        Assert.Equal(begun, ActionPayload.Read(payload, [], new MissionStore([], StoreLimits.Default).Views).Tickets.Requests);
        Assert.Equal(begun, NewTickets.Of(outcome).Requests);
    }

    [Fact]
    public void The_largest_call_fits_an_entry()
    {
        // Every byte a control character, which JSON writes sixfold: in the call already.
        var text = $"{{\"messages\":[{{\"content\":\"{string.Concat(Enumerable.Repeat("\\u0001", (CellLimits.ModelRequestBytes / 6) - 20))}\",\"role\":\"user\"}}]}}";
        var outcome = new ActionOutcome(ActionStatus.Waiting, null, null, [], 0, 0, [], [], []) { ModelCalls = [new CellModelCall(1, "small", 1, Encoding.UTF8.GetBytes(text), "")] };
        Assert.InRange(ActionPayload.Write(outcome, WriteSet.Empty, withResult: false).Length, 1, Limits.ActionOutputJsonBytes);
    }

    [Fact]
    public void A_book_without_models_has_the_bytes_it_always_had_and_one_with_them_says_which()
    {
        var book = new RequestBook();
        book.Asked("a", new BegunRequest(1, "t"), 5);
        book.Asked("b", new BegunRequest(2, "u"), 6);
        var before = Written.By(book.Write);
        Assert.False(book.HasModels);

        var with = new RequestBook();
        with.Asked("a", new BegunRequest(1, "t"), 5);
        with.Asked("b", new BegunRequest(2, "u", IsModel: true), 6);
        with.Answered("b", 2, 9, null);
        book.Answered("b", 2, 9, null);
        Assert.True(with.HasModels);
        Assert.Equal(Written.By(book.Write), Written.By(with.Write));
        Assert.NotEqual(before, Written.By(with.Write));

        var read = new RequestBook();
        read.Read(new BinaryReader(new MemoryStream(Written.By(with.Write))));
        read.ReadModels(new BinaryReader(new MemoryStream(Written.By(with.WriteModels))));
        Assert.Equal((false, true), (read.Find("a", 1).IsModel, read.Find("b", 2).IsModel));
        Assert.Equal(Written.By(with.WriteModels), Written.By(read.WriteModels));
        Assert.True(read.TryPeek(out var answered));
        Assert.True(answered.IsModel);
        read.Skip();
        Assert.False(read.TryPeek(out _));
    }
}
