using System.Text;
using Voxeltron.Cells;
using Voxeltron.Cosmictron;
using Voxeltron.Kernel;
using Xunit;
using static Voxeltron.Tests.Unit.Cells.CellFixture;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>
/// Goal: a cell asks for what its profile grants and for nothing else, every wrong way to ask is a status, and an answer is read as it came.
/// Method: the guest that fetches, with requests in its input; small modules for what it does not do.
/// </summary>
public sealed class NetworkTests(CellFixture cells) : IClassFixture<CellFixture>
{
    private const string Granted = "https://api.example/";

    private static readonly TableSchema s_fetched = new(
        "fetched", [new("n", ColumnType.Int64), new("ticket", ColumnType.Int64), new("left", ColumnType.Int64), new("url", ColumnType.Text), new("line", ColumnType.Text)], ["n"], TableScope.Cell);

    private static readonly EgressLimits s_limits = new(TimeoutMs: 5_000, RequestBytes: 200_000, ResponseBytes: 10_000, Redirects: 2);

    private static readonly EgressProfile s_egress = new(
        "test", new TenantId("acme"), long.MaxValue, 1,
        [new("api.example", [], [443, 8443], Plain: false), new("plain.example", [], [80], Plain: true), new(null, [Range("10.1.2.0/24")], [8080], Plain: true)],
        s_limits);

    [Fact]
    public void A_request_for_a_granted_place_gets_a_ticket_and_leaves_with_the_outcome()
    {
        using var cell = cells.Boot("fetch");

        var outcome = Fetch(cell, $"PUT HTTPS://API.example:8443/a/../b?c=d tag=t.1 timeout=7 bytes=0 redirects=1 body=hello header=accept:text/plain header=x-empty:\nGET {Granted}");

        Assert.Equal((ActionStatus.Waiting, 0), (outcome.Status, outcome.Denied.Count));
        Assert.Equal(["t.1 1", " 2"], Said(outcome, "begun"));
        var (full, plain) = (outcome.Requests[0], outcome.Requests[1]);
        Assert.Equal((1, "PUT", "https://api.example:8443/a/../b?c=d", "t.1", 7), (full.Ticket, full.Method, full.Url.ToString(), full.Tag, full.TimeoutMs));
        Assert.Equal((0, 1, "hello"), (full.ResponseBytes, full.Redirects, Encoding.UTF8.GetString(full.Body)));
        Assert.Equal([new HttpField("accept", "text/plain"), new HttpField("x-empty", "")], full.Headers);
        Assert.Equal((2, "GET", Granted, ""), (plain.Ticket, plain.Method, plain.Url.ToString(), plain.Tag));
        Assert.Equal((s_limits.TimeoutMs, s_limits.ResponseBytes, s_limits.Redirects, 0, 0), (plain.TimeoutMs, plain.ResponseBytes, plain.Redirects, plain.Headers.Count, plain.Body.Length));
    }

    [Theory]
    [InlineData("GET https://other.example/", "https://other.example:443")]
    [InlineData("GET https://sub.api.example/", "https://sub.api.example:443")]
    [InlineData("GET https://api.example:444/", "https://api.example:444")]
    [InlineData("GET http://api.example/", "http://api.example:80")]
    [InlineData("GET http://api.example:443/", "http://api.example:443")]
    [InlineData("GET https://10.1.2.3/", "https://10.1.2.3:443")]
    [InlineData("GET http://10.1.3.3:8080/", "http://10.1.3.3:8080")]
    public void A_place_no_grant_covers_is_denied_and_named(string command, string place)
    {
        using var cell = cells.Boot("fetch");

        var outcome = Fetch(cell, command);

        Assert.Equal([$" {(int)StateStatus.Denied}"], Said(outcome, "begun"));
        Assert.Equal((ActionStatus.Completed, 0), (outcome.Status, outcome.Requests.Count));
        Assert.Equal([new CellDenial(DenialCodes.NotGranted, place, 1)], outcome.Denied);
    }

    [Theory]
    [InlineData("GET http://10.1.2.3:8080/")]
    [InlineData("GET https://10.1.2.255:8080/")]
    [InlineData("GET http://[::ffff:10.1.2.3]:8080/")]
    [InlineData("GET http://plain.example/")]
    [InlineData("OPTIONS https://api.example/?a#")]
    public void What_is_granted_in_other_words_is_granted_or_no_address_at_all(string command)
    {
        using var cell = cells.Boot("fetch");

        Assert.Equal([command.EndsWith('#') ? " -8" : " 1"], Said(Fetch(cell, command), "begun"));
    }

    [Fact]
    public void Without_egress_nothing_is_looked_at_and_each_call_is_counted()
    {
        using var cell = cells.Boot("fetch");

        var outcome = Fetch(cell, $"GET {Granted}\nraw=no json\nknock 3 x", egress: null);

        Assert.Equal([" -7", "raw -7"], Said(outcome, "begun"));
        Assert.Equal([new CellDenial(DenialCodes.NoEgress, "http_begin", 5)], outcome.Denied);
        Assert.Equal((ActionStatus.Completed, 0), (outcome.Status, outcome.Requests.Count));
    }

    public static TheoryData<string> NoRequests =>
    [
        "", " ", "{", "[]", "null", "\"x\"", "{}", "{\"method\":\"GET\"}", "{\"url\":\"https://api.example/\"}", Request("", end: "} x"), Request("", end: ",}"), Request("", end: "/**/}"),
        // Of other words than there are, or twice.
        Request("\"proxy\":1"), Request("\"Tag\":\"a\""), Request("\"\":1"), Request("\"tag\":\"a\",\"tag\":\"a\""), Request("\"tag\":\"a\",\"t\\u0061g\":\"b\""), Request("\"url\":\"https://api.example/\""),
        Method("get"), Method("TRACE"), Method("CONNECT"), Method("GET "), Method(""), Method("GET / HTTP/1.1\\r\\nHost: a"),
        // Addresses that can be read in two ways, or are none.
        Url("ftp://api.example/"), Url("//api.example/"), Url("api.example"), Url(""), Url("https://"), Url("https:///"), Url("https://api.example/#x"), Url("https://a@api.example/"), Url("https://api.example@evil.example/"),
        Url("https://api.example:0/"), Url("https://api.example:65536/"), Url("https://api.example:0443/"), Url("https://api.example:/"), Url("https://api.example./"), Url("https://api.example\\\\@evil.example/"),
        Url("https://api.example/ x"), Url("https://api.example/\\r\\nx"), Url("https://api.example/\\u0000"), Url("https://\\u00e4pi.example/"), Url("https://2130706433/"), Url("https://0x7f000001/"), Url("https://127.1/"), Url("https://0177.0.0.1/"), Url("https://[::1%25eth0]/"), Url("https://[::1/"),
        // More than the profile's, less than nothing, no whole number.
        Request("\"timeout_ms\":0"), Request("\"timeout_ms\":5001"), Request("\"timeout_ms\":1.5"), Request("\"timeout_ms\":\"5\""), Request("\"timeout_ms\":null"), Request("\"timeout_ms\":99999999999"),
        Request("\"response_bytes\":-1"), Request("\"response_bytes\":10001"), Request("\"redirects\":3"), Request("\"redirects\":-1"), Request("\"redirects\":true"),
        Request("\"tag\":\"A\""), Request("\"tag\":\"a b\""), Request($"\"tag\":\"{new string('a', 65)}\""), Request("\"tag\":null"), Request("\"tag\":[]"),
        // What is no text at all.
        Request("\"tag\":\"\\ud800\""), Request("\"\\ud800\":1"), Request("\"\u00ff\":1"), Request("\"tag\":\"\u00ff\""), Method("\u00c0\u00af"), Url("https://api.example/\u00ff"),
        Request("\"headers\":{}"), Request("\"headers\":null"), Request("\"headers\":[\"a\",\"b\"]"), Request("\"headers\":[[\"a\"]]"), Request("\"headers\":[[\"a\",\"b\",\"c\"]]"), Request("\"headers\":[[\"a\",1]]"), Request("\"headers\":[[[[[]]]]]"),
        Request($"\"headers\":[{string.Join(',', Enumerable.Repeat("[\"a\",\"\"]", 65))}]"),
        // A second header, or a second request, in one.
        Header("a", "x\\r\\nhost: evil.example"), Header("a", "x\\ny"), Header("a", "x\\u0000"), Header("a", "x\\t"), Header("a", " x"), Header("a", "x "), Header("a", "\\u00e4"), Header("a", "\\u007f"),
        Header("a\\r\\nb", "x"), Header("a:", "x"), Header("a b", "x"), Header("", "x"), Header("A", "x"), Header("\\u00e4", "x"), Header(new string('a', 65), "x"),
        Header("host", "evil.example"), Header("connection", "close"), Header("content-length", "0"), Header("transfer-encoding", "chunked"), Header("keep-alive", "1"), Header("upgrade", "h2c"), Header("te", "trailers"),
        Header("trailer", "a"), Header("expect", "100-continue"), Header("proxy-connection", "close"), Header("proxy-authorization", "a"), Header("proxy-authenticate", "a"),
    ];

    [Theory]
    [MemberData(nameof(NoRequests))]
    public void What_is_no_request_is_a_bad_argument(string text)
    {
        using var cell = cells.Boot("fetch");

        var outcome = Fetch(cell, "raw=" + text);

        Assert.Equal((ActionStatus.Completed, null), (outcome.Status, outcome.Message));
        Assert.Equal(["raw -8"], Said(outcome, "begun"));
        Assert.Equal((0, 0), (outcome.Requests.Count, outcome.Denied.Count));
    }

    [Fact]
    public void The_most_of_everything_is_a_request()
    {
        using var cell = cells.Boot("fetch");
        var headers = $"\"headers\":[{string.Join(',', Enumerable.Repeat($"[\"{new string('a', 64)}\",\"~ !\"]", 64))}]";

        var outcome = Fetch(cell, "body=x raw=" + Request($"\"timeout_ms\":5000,\"response_bytes\":10000,\"redirects\":2,\"tag\":\"{new string('z', 64)}\",{headers}"));

        Assert.Equal(["raw 1"], Said(outcome, "begun"));
        Assert.Equal((64, "~ !"), (outcome.Requests[0].Headers.Count, outcome.Requests[0].Headers[63].Value));
    }

    [Fact]
    public void Too_long_a_text_or_a_body_is_too_large()
    {
        using var cell = cells.Boot("fetch");
        string Padded(int length) => Request("").PadRight(length);

        Assert.Equal(["raw 1"], Said(Fetch(cell, "raw=" + Padded(CellLimits.RequestTextBytes)), "begun"));
        Assert.Equal(["raw -5"], Said(Fetch(cell, "raw=" + Padded(CellLimits.RequestTextBytes + 1)), "begun"));
        Assert.Equal([" 1"], Said(Fetch(cell, $"fill {s_limits.RequestBytes} POST {Granted}"), "begun"));
        Assert.Equal([" -5"], Said(Fetch(cell, $"fill {s_limits.RequestBytes + 1} POST {Granted}"), "begun"));
    }

    [Fact]
    public void Sixty_four_tickets_are_open_at_once_whatever_they_are_of()
    {
        using var cell = cells.Boot("fetch");

        var all = Said(Fetch(cell, $"GET {Granted} repeat=66"), "begun");
        Assert.Equal([" 63", " 64", " -6", " -6"], all[62..]);

        var some = Deliver(cell, NewFetched(), Task($"GET {Granted} repeat=2") with { Tickets = new TicketState(100, CellLimits.OpenTickets - 1) });
        Assert.Equal([" 101", " -6"], Said(some, "begun"));
        Assert.Equal(101, Assert.Single(some.Requests).Ticket);
    }

    [Fact]
    public void Requests_share_the_room_of_emits()
    {
        using var cell = cells.Boot("fetch");

        var outcome = Fetch(cell, $"fill 131000 POST {Granted} repeat=3\nfill 100 POST {Granted}");

        Assert.Equal([" 1", " 2", " -6", " -6"], Said(outcome, "begun"));
        Assert.Equal(2, outcome.Requests.Count);
    }

    [Fact]
    public void Denials_are_counted_by_place_also_of_an_event_that_is_aborted()
    {
        using var cell = cells.Boot("fetch");

        var outcome = Fetch(cell, $"GET {Granted}\nknock 500 https://a.example/x\nknock 2 https://b.example/\nknock 1 https://a.example/y\ntrap");

        Assert.Equal((ActionStatus.Aborted, AbortCodes.Unreachable, 0), (outcome.Status, outcome.Code, outcome.Requests.Count));
        Assert.Equal([new CellDenial("egress_denied", "https://a.example:443", 501), new CellDenial("egress_denied", "https://b.example:443", 2)], outcome.Denied);
    }

    [Fact]
    public void Sixteen_places_are_named_and_the_rest_counted_together()
    {
        using var cell = cells.Boot("fetch");

        var outcome = Fetch(cell, string.Join('\n', Enumerable.Range(0, 20).Concat([0, 15, 16]).Select(static i => $"knock 2 https://h{i}.example/")));

        Assert.Equal(17, outcome.Denied.Count);
        Assert.Equal(new CellDenial("egress_denied", "https://h0.example:443", 4), outcome.Denied[0]);
        Assert.Equal(new CellDenial("egress_denied", "https://h15.example:443", 4), outcome.Denied[15]);
        Assert.Equal(new CellDenial("egress_denied", "other", 10), outcome.Denied[16]);
    }

    [Fact]
    public void What_was_asked_for_in_the_event_that_ends_the_task_is_dropped()
    {
        using var cell = cells.Boot("fetch");

        var outcome = Fetch(cell, $"GET {Granted}\nknock 1 https://a.example/\ndone");

        Assert.Equal((ActionStatus.Completed, "done", 0, 1), (outcome.Status, ResultText(outcome), outcome.Requests.Count, outcome.Denied.Count));
        Assert.Equal([" 1"], Said(outcome, "begun"));
    }

    [Fact]
    public void An_answer_is_told_with_its_members_and_the_task_ends_with_the_last()
    {
        using var cell = cells.Boot("fetch");
        var store = NewFetched();
        Deliver(cell, store, Task($"GET {Granted} tag=a\nGET {Granted} tag=b\nGET https://no.example/ tag=c"));

        var first = Deliver(cell, store, Reply("\"headers\":[[\"a\",\"b\"]],\"length\":300,\"status\":200,\"tag\":\"b\",\"ticket\":2,\"url\":\"https://api.example/moved\"", Numbered(300), new TicketState(2, 1)));
        Assert.Equal((ActionStatus.Waiting, 0), (first.Status, first.Requests.Count));
        Assert.Equal(["b 2 200 300 https://api.example/moved " + Encoding.Latin1.GetString(Numbered(300)[..256])], Said(first, "reply"));

        // The fresh cell of another attempt: what must last is in the table.
        using var next = cells.Boot("fetch");
        var last = Deliver(next, store, Reply("\"code\":\"timeout\",\"tag\":\"a\",\"ticket\":1", [], new TicketState(2, 0)));
        Assert.Equal(["a 1 timeout 0 - "], Said(last, "reply"));
        Assert.Equal((ActionStatus.Completed, "a 1 timeout\nb 2 200\nc -11"), (last.Status, ResultText(last)));
    }

    [Fact]
    public void A_request_may_follow_each_answer()
    {
        using var cell = cells.Boot("fetch");
        var store = NewFetched();
        var outcome = Deliver(cell, store, Task($"every 3 {Granted}"));
        for (var ticket = 1; ticket <= 3; ticket++)
        {
            Assert.Equal((ActionStatus.Waiting, ticket), (outcome.Status, Assert.Single(outcome.Requests).Ticket));
            outcome = Deliver(cell, store, Reply($"\"length\":2,\"status\":204,\"tag\":\"every\",\"ticket\":{ticket}", "ok"u8.ToArray(), new TicketState(ticket, 0)) with { Egress = s_egress });
        }

        Assert.Equal((ActionStatus.Completed, "every 3 204"), (outcome.Status, ResultText(outcome)));
    }

    /// <summary>The module writes what each call of seven bytes gave into one place after the other, then reads on, then with no room.</summary>
    [Fact]
    public void A_body_is_read_piece_by_piece_to_its_end_and_again_from_its_beginning_by_the_next_cell()
    {
        using var module = cells.CompileText("""
            (module
              (import "vx" "reply_read" (func $read (param i32 i32) (result i32)))
              (import "vx" "complete" (func $complete (param i32 i32) (result i32)))
              (memory (export "memory") 1)
              (func (export "vx_abi_version") (result i32) i32.const 1)
              (func (export "vx_alloc") (param i32) (result i32) (if (i32.ne (call $read (i32.const 0) (i32.const 8)) (i32.const -9)) (then unreachable)) i32.const 4096)
              (func (export "on_task") (param i32 i32 i32 i32) (result i32) (i32.add (call $read (i32.const 0) (i32.const 8)) (i32.const 9)))
              (func (export "on_timer") (param i32 i32) (result i32) (i32.add (call $read (i32.const 0) (i32.const 8)) (i32.const 9)))
              (func (export "on_reply") (param i32 i32) (result i32) (local $at i32) (local $n i32)
                (if (i32.ne (call $read (i32.const 0) (i32.const 0)) (i32.const 0)) (then unreachable))
                (if (i32.ne (call $read (i32.const 65530) (i32.const 7)) (i32.const -4)) (then unreachable))
                (loop $next
                  (local.set $n (call $read (i32.add (i32.const 8192) (local.get $at)) (i32.const 7)))
                  (local.set $at (i32.add (local.get $at) (local.get $n)))
                  (br_if $next (i32.gt_s (local.get $n) (i32.const 0))))
                (if (i32.ne (call $read (i32.const 0) (i32.const 7)) (i32.const 0)) (then unreachable))
                (call $complete (i32.const 8192) (local.get $at))))
            """);
        using var cell = cells.Boot(module);
        Assert.Equal(0, Deliver(cell, NewStore(), Task("x")).ReturnValue);
        Assert.Equal(0, Deliver(cell, NewStore(), new CellEvent(CellEventKind.Timer, "{}"u8.ToArray(), "not a body"u8.ToArray(), NowUs, new FixedSeed(Seed))).ReturnValue);

        foreach (var length in (int[])[0, 1, 6, 7, 8, 20_000])
        {
            var outcome = Deliver(cell, NewStore(), Reply("\"ticket\":1", Numbered(length), default));
            Assert.Equal((ActionStatus.Completed, Convert.ToHexString(Numbered(length))), (outcome.Status, Convert.ToHexString(outcome.Result)));
        }
    }

    [Fact]
    public void A_module_without_on_reply_cannot_be_told()
    {
        using var cell = cells.Boot("misbehave");

        var outcome = Deliver(cell, NewStore(), Reply("\"ticket\":1", [], default));

        Assert.Equal((AbortCodes.MissingHandler, "The module asked for something and exports no on_reply."), (outcome.Code, outcome.Message));
    }

    [Theory]
    [InlineData("conform")]
    [InlineData("conform-rust")]
    [InlineData("conform-as")]
    public void With_egress_memory_is_reported_first_in_every_language(string guest)
    {
        using var cell = cells.Boot(guest);
        // Open timers are the first thing this guest fills, so what is granted would answer LIMIT.
        var outcome = Deliver(cell, NewStore(), Task("x"));

        string[] asked = ["http_begin=-11", "http_begin.no_json=-8", "http_begin.bad_memory=-4", "http_begin.bad_body=-4", "http_begin.negative_length=-4"];
        Assert.Equal(asked, outcome.Logs.Select(static log => log.Text).Where(static line => line.StartsWith("http_begin", StringComparison.Ordinal)));
        Assert.Equal([new CellDenial("egress_denied", "https://a.example:443", 1)], outcome.Denied.Where(static denied => denied.Code != DenialCodes.NotOffered));

        var start = Deliver(cell, NewStore(), StartEvent() with { Egress = s_egress });
        Assert.Contains("start.http_begin=-9", start.Logs.Select(static log => log.Text));
    }

    private static ActionOutcome Fetch(Cell cell, string commands, EgressProfile? egress) => Deliver(cell, NewFetched(), Task(commands) with { Egress = egress });

    private static ActionOutcome Fetch(Cell cell, string commands) => Fetch(cell, commands, s_egress);

    // Latin-1, so that a test can give bytes that are no UTF-8.
    private static CellEvent Task(string commands) => TaskEvent(Encoding.Latin1.GetBytes(commands)) with { Egress = s_egress };

    private static CellEvent Reply(string members, byte[] body, TicketState tickets) =>
        new(CellEventKind.Reply, Encoding.UTF8.GetBytes($"{{\"event\":\"reply\",{members}}}"), body, NowUs, new FixedSeed(Seed), tickets);

    private static List<string> Said(ActionOutcome outcome, string name) =>
        [.. outcome.Emits.Where(emit => emit.Name == name).Select(static emit => Encoding.Latin1.GetString(emit.Value))];

    private static byte[] Numbered(int length) => [.. Enumerable.Range(0, length).Select(static i => (byte)(i % 251))];

    private static MissionStore NewFetched() => new([s_fetched], StoreLimits.Default);

    private static string Request(string members, string end = "}") => $"{{\"method\":\"GET\",\"url\":\"{Granted}\"{(members.Length == 0 ? "" : ",")}{members}{end}";

    private static string Method(string method) => $"{{\"method\":\"{method}\",\"url\":\"{Granted}\"}}";

    private static string Url(string url) => $"{{\"method\":\"GET\",\"url\":\"{url}\"}}";

    private static string Header(string name, string value) => Request($"\"headers\":[[\"{name}\",\"{value}\"]]");

    private static NetworkRange Range(string text) => NetworkRange.TryParse(text, out var range) ? range : throw new FormatException(text);
}
