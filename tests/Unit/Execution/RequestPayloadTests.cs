using System.Text;
using System.Text.Json;
using Voxeltron.Cells;
using Voxeltron.Cosmictron;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Unit.Execution;

/// <summary>Goal: what was asked and what came back are read as they were written, whatever their bytes, and fit an entry. Method: round trips of bodies that are hard on JSON.</summary>
public sealed class RequestPayloadTests
{
    public static TheoryData<byte[]> Bodies =>
    [
        [], "plain"u8.ToArray(), "a\0b"u8.ToArray(), "\u0001\u001f\u007f\b\f"u8.ToArray(), "line\r\n\t\"quoted\" \\ </script>"u8.ToArray(), "é\u2028\u2029\u0085\ufeff😀"u8.ToArray(),
        [0xFF, 0xFE, 0x00], [0xED, 0xA0, 0x80], [0xC0, 0xAF], [.. Enumerable.Range(0, 256).Select(static b => (byte)b)],
    ];

    [Theory]
    [MemberData(nameof(Bodies))]
    public void A_request_is_read_back_from_the_action_that_asked(byte[] body)
    {
        var first = Request(7, "https://api.example/a?b=%20c&d=\u0027", body) with { Headers = [new("accept", "a \"b\""), new("x", "")], TimeoutMs = 1, ResponseBytes = 2, Redirects = 3, Tag = "t.1" };
        var second = Request(8, "http://[2001:db8::1]:8080/", []);
        var outcome = new ActionOutcome(ActionStatus.Waiting, null, null, [], 0, 0, [], [], [])
        {
            Requests = [first, second],
            Denied = [new CellDenial(DenialCodes.NotGranted, "https://no.example:443", 3), new CellDenial(DenialCodes.NoEgress, "http_begin", 1)],
        };

        var payload = ActionPayload.Write(outcome, WriteSet.Empty, withResult: false);

        AssertSame(first, RequestPayload.Read(payload, 7));
        AssertSame(second, RequestPayload.Read(payload, 8));
        Assert.Throws<InvariantException>(() => RequestPayload.Read(payload, 9));
        Assert.Throws<PayloadErasedException>(() => RequestPayload.Read(null, 7));
        Assert.Equal(NewTickets.Of(outcome).Requests, ActionPayload.Read(payload, [], new MissionStore([], StoreLimits.Default).Views).Tickets.Requests);
        Assert.Equal([new BegunRequest(7, "t.1", Sends: body.Length, Takes: 2 + (3 * body.Length)), new BegunRequest(8, "", Takes: second.ResponseBytes)], ActionPayload.Read(payload, [], new MissionStore([], StoreLimits.Default).Views).Tickets.Requests);
        Assert.DoesNotContain("\\u0000", Encoding.UTF8.GetString(payload), StringComparison.Ordinal);
        using var document = JsonDocument.Parse(payload);
        Assert.Equal(
            """[{"code":"egress_denied","count":3,"place":"https://no.example:443"},{"code":"no_egress","count":1,"place":"http_begin"}]""",
            document.RootElement.GetProperty("denied").GetRawText());
    }

    [Theory]
    [MemberData(nameof(Bodies))]
    public void An_answer_is_read_back_from_its_entry(byte[] body)
    {
        var reply = new HttpReply(200, [new("a", "1"), new("b", "\"é\"\t"), new("a", "")], body, "10.1.2.3:443", "https://api.example/moved");

        var bytes = reply.Write();
        var read = HttpReply.Read(bytes);

        Assert.Equal((200, "10.1.2.3:443", "https://api.example/moved"), (read.Status, read.Address, read.Url));
        Assert.Equal(reply.Headers, read.Headers);
        Assert.Equal(body, read.Body);
        Assert.DoesNotContain("\\u0000", Encoding.UTF8.GetString(bytes), StringComparison.Ordinal);
        Assert.Null(HttpReply.Read((reply with { Url = null }).Write()).Url);
    }

    [Fact]
    public void The_largest_answer_fits_an_entry_whatever_its_bytes()
    {
        string[] fillings = ["a", "\0", "\u0001", "\u001f", "\u007f", "\n", "\t", "\"", "\\", "<", "\u0080", "\u0085", "é", "\u2028", "\u2029", "\ufeff", "\ufffe", "\ue000", "\u0378", "😀", "\U0010ffff"];
        var names = new HttpField(new string('a', 64), string.Concat(Enumerable.Repeat("\u0001", CellLimits.ReplyHeaderBytes - 64)));
        foreach (var pattern in fillings.Select(Encoding.UTF8.GetBytes).Append([0xFF]).Append([0x0A, 0xFF]))
        {
            var body = new byte[EgressLimits.MaxResponseBytes];
            for (var i = 0; i < body.Length; i++)
            {
                body[i] = pattern[i % pattern.Length];
            }

            // Without the last, cut, character.
            body.AsSpan(body.Length - (body.Length % pattern.Length)).Fill((byte)'a');
            var length = new HttpReply(200, [names], body, "10.1.2.3:443", new string('u', EgressUrl.MostBytes)).Write().Length;

            Assert.True(length < Limits.EntryPayloadBytes, $"A body of {Convert.ToHexString(pattern)} makes {length} bytes.");
        }
    }

    [Fact]
    public void What_failed_is_one_list()
    {
        var bytes = FailedRequest.Write([new(3, "https://a.example:443", "It \"was\" not."), new(4, "", "x")]);

        Assert.Equal("""[{"place":"https://a.example:443","reason":"It \"was\" not.","ticket":3},{"place":"","reason":"x","ticket":4}]""", Encoding.UTF8.GetString(bytes));
    }

    private static CellRequest Request(long ticket, string url, byte[] body) =>
        new(ticket, "POST", EgressUrl.TryParse(url, out var parsed) ? parsed : throw new FormatException(url), [], body, 30_000, 1024, 0, "");

    private static void AssertSame(CellRequest expected, CellRequest read)
    {
        Assert.Equal(expected with { Headers = read.Headers, Body = read.Body }, read);
        Assert.Equal(expected.Headers, read.Headers);
        Assert.Equal(expected.Body, read.Body);
    }
}
