using System.Text;
using System.Text.Json;
using Voxeltron.Cells;
using Voxeltron.CellWorker;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Unit.Worker;

/// <summary>Goal: whatever a server that calls itself compatible answers is an answer in one form, or a failure by name. Method: a table of answers that were seen, or could be.</summary>
public sealed class ChatCompletionTests
{
    private const string Good = """{"choices":[{"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":3}}""";

    [Fact]
    public void A_request_is_the_guests_words_and_the_providers_names()
    {
        var request = ChatCompletion.Request(Provider(), EgressLimits.Default with { TimeoutMs = 900 }, Call(), "sk-1");

        Assert.Equal(("POST", "https://m.example/v1/chat/completions", 900, 0), (request.Method, request.Url.ToString(), request.TimeoutMs, request.Redirects));
        Assert.Equal([new HttpField("accept", "application/json"), new HttpField("content-type", "application/json"), new HttpField("authorization", "Bearer sk-1")], request.Headers);
        using var body = JsonDocument.Parse(request.Body);
        Assert.Equal(("m-\"1\"", 20, false, 1), (body.RootElement.GetProperty("model").GetString(), body.RootElement.GetProperty("max_tokens").GetInt32(),
            body.RootElement.GetProperty("stream").GetBoolean(), body.RootElement.GetProperty("messages").GetArrayLength()));
        Assert.DoesNotContain(ChatCompletion.Request(Provider(), EgressLimits.Default, Call(), null).Headers, static header => header.Name == "authorization");
    }

    [Theory]
    [InlineData(Good, "hello", "stop", 7, 3, false)]
    [InlineData("""{"choices":[{"message":{"content":"hello"},"finish_reason":"length"}],"usage":{"prompt_tokens":7}}""", "hello", "length", 7, 2, true)]
    [InlineData("""{"choices":[{"message":{"content":"hello"}}]}""", "hello", "other", 19, 2, true)]
    [InlineData("""{"choices":[{"message":{"content":"hello"},"finish_reason":"STOP NOW"}],"usage":null}""", "hello", "other", 19, 2, true)]
    [InlineData("""{"choices":[{"message":{"content":"hello"},"finish_reason":"eos"}],"usage":{"prompt_tokens":-1,"completion_tokens":99999999999}}""", "hello", "eos", 19, 2, true)]
    [InlineData("""{"choices":[{"message":{"content":"a"}},{"message":{"content":"b"}}],"usage":{"prompt_tokens":0,"completion_tokens":0}}""", "a", "other", 0, 0, false)]
    public void An_answer_is_told_in_one_form(string body, string text, string finish, long tokensIn, long tokensOut, bool isEstimated)
    {
        var answer = ChatCompletion.Read(Reply(body), Provider(), Call(), out var code, out _);

        Assert.Equal("", code);
        Assert.Equal((text, finish, "west", "m-\"1\""), (Encoding.UTF8.GetString(answer!.Reply.Body), answer.Reply.Finish, answer.Reply.Provider, answer.Reply.Model));
        Assert.Equal((tokensIn, tokensOut, isEstimated), (answer.Reply.TokensIn, answer.Reply.TokensOut, answer.IsEstimated));
    }

    [Theory]
    [InlineData(401, Good, ModelCodes.KeyRefused)]
    [InlineData(403, Good, ModelCodes.KeyRefused)]
    [InlineData(429, "", ModelCodes.RateLimited)]
    [InlineData(400, """{"error":{"message":"context too long"}}""", ModelCodes.RequestRejected)]
    [InlineData(404, Good, ModelCodes.RequestRejected)]
    [InlineData(413, Good, ModelCodes.RequestRejected)]
    [InlineData(302, Good, ModelCodes.ServerFailed)]
    [InlineData(500, Good, ModelCodes.ServerFailed)]
    [InlineData(503, Good, ModelCodes.ServerFailed)]
    [InlineData(200, "", ModelCodes.AnswerMalformed)]
    [InlineData(200, "hello", ModelCodes.AnswerMalformed)]
    [InlineData(200, "```json\n{}\n```", ModelCodes.AnswerMalformed)]
    [InlineData(200, "[]", ModelCodes.AnswerMalformed)]
    [InlineData(200, "{}", ModelCodes.AnswerMalformed)]
    [InlineData(200, """{"error":"overloaded"}""", ModelCodes.AnswerMalformed)]
    [InlineData(200, """{"choices":[]}""", ModelCodes.AnswerMalformed)]
    [InlineData(200, """{"choices":{"0":1}}""", ModelCodes.AnswerMalformed)]
    [InlineData(200, """{"choices":[1]}""", ModelCodes.AnswerMalformed)]
    [InlineData(200, """{"choices":[{"delta":{"content":"a"}}]}""", ModelCodes.AnswerMalformed)]
    [InlineData(200, """{"choices":[{"message":{"content":"\ud800"}}]}""", ModelCodes.AnswerMalformed)]
    [InlineData(200, """{"choices":[{"message":{"content":null,"tool_calls":[]}}]}""", ModelCodes.AnswerEmpty)]
    [InlineData(200, """{"choices":[{"message":{"content":""}}]}""", ModelCodes.AnswerEmpty)]
    [InlineData(200, """{"choices":[{"message":{"content":[{"type":"text"}]}}]}""", ModelCodes.AnswerEmpty)]
    public void What_is_none_is_a_failure_by_name(int status, string body, string expected)
    {
        Assert.Null(ChatCompletion.Read(Reply(body, status), Provider(), Call(), out var code, out var reason));
        Assert.Equal(expected, code);
        Assert.NotEmpty(reason);
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("text/event-stream")]
    [InlineData("")]
    public void Another_content_type_is_none(string type)
    {
        Assert.Null(ChatCompletion.Read(Reply(Good) with { Headers = [new("content-type", type)] }, Provider(), Call(), out var code, out _));
        Assert.Equal(ModelCodes.AnswerMalformed, code);
    }

    [Theory]
    [InlineData("{\"a\":1}", "{\"a\":1}")]
    [InlineData(" [1] \n", "[1]")]
    [InlineData("```json\n{\"a\":1}\n```", "{\"a\":1}")]
    [InlineData("```\n\"x\"\n```\n", "\"x\"")]
    [InlineData("Here it is: {\"a\":1}", null)]
    [InlineData("```json\nno\n```", null)]
    [InlineData("``````", null)]
    [InlineData("{\"a\":", null)]
    public void Where_json_was_asked_for_a_fence_is_taken_off_and_what_is_no_json_is_told(string text, string? json)
    {
        var body = "{\"choices\":[{\"message\":{\"content\":" + JsonSerializer.Serialize(text) + "}}]}";
        foreach (var format in (string[])["json_object", "json_schema"])
        {
            var answer = ChatCompletion.Read(Reply(body), Provider(), Call(format), out var code, out _);
            Assert.Equal(json, answer is null ? null : Encoding.UTF8.GetString(answer.Reply.Body));
            Assert.Equal(json is null ? ModelCodes.AnswerNotJson : "", code);
        }

        Assert.Equal(text, Encoding.UTF8.GetString(ChatCompletion.Read(Reply(body), Provider(), Call("text"), out _, out _)!.Reply.Body));
    }

    [Theory]
    [InlineData(429, "7", 7_000_000L)]
    [InlineData(503, "0", 0L)]
    [InlineData(503, "99999999", 86_400_000_000L)]
    [InlineData(429, "Thu, 01 Jan 1970 00:00:30 GMT", 20_000_000L)]
    [InlineData(429, "Thu, 01 Jan 1970 00:00:05 GMT", 0L)]
    [InlineData(429, "soon", null)]
    [InlineData(429, "-1", null)]
    [InlineData(429, "", null)]
    [InlineData(500, "7", null)]
    public void A_server_may_say_when_to_come_back(int status, string header, long? waitUs) =>
        Assert.Equal(waitUs, ChatCompletion.RetryAfterUs(Reply("", status) with { Headers = [new("retry-after", header)] }, nowUs: 10_000_000));

    private static HttpReply Reply(string body, int status = 200) => new(status, [new("content-type", "application/json; charset=utf-8")], Encoding.UTF8.GetBytes(body), "10.0.0.1", null);

    private static ModelProvider Provider()
    {
        Assert.True(EgressUrl.TryParse("https://m.example/v1/chat/completions", out var url));
        return new ModelProvider("west", true, url, "m-\"1\"", ["small"], 1000, 100, new ModelPrice(1, 1), 1000, "west");
    }

    private static CellModelCall Call(string? format = null)
    {
        var request = """{"messages":[{"content":"what is this?","role":"user"}]""" + (format is null ? "}" : $",\"response_format\":{{\"type\":\"{format}\"}}}}");
        return new CellModelCall(1, "small", 20, Encoding.UTF8.GetBytes(request), "t");
    }
}
