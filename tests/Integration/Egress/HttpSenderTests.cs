using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Voxeltron.Cells;
using Voxeltron.CellWorker;
using Voxeltron.Kernel;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Integration.Egress;

/// <summary>
/// Goal: whatever a server says, a request ends within its limits, goes nowhere its profile does not grant, and says what happened by code.
/// Method: real HTTP servers, well-behaved ones by Kestrel, others byte by byte; every place is a port of this machine.
/// </summary>
public sealed class HttpSenderTests : IAsyncLifetime
{
    private const string Own = "own.example";
    private const string Other = "other.example";

    private readonly List<IAsyncDisposable> _servers = [];
    private readonly Dictionary<string, int> _ports = [];
    private DirectGate _gate = null!;

    public async Task InitializeAsync()
    {
        _gate = new DirectGate(url => _ports.GetValueOrDefault(url.Host, 1));
        var app = await StartAsync();
        app.MapGet("/hello", static (HttpContext http) =>
        {
            http.Response.Headers["X-Answer"] = "yes";
            return "hello";
        });
        app.MapPost("/echo", static async http =>
        {
            http.Response.ContentType = http.Request.ContentType;
            await http.Response.Body.WriteAsync(await BytesAsync(http.Request.Body));
        });
        app.Map("/seen", (HttpContext http) => string.Join('\n', http.Request.Headers.Where(static h => h.Key is not "Host").Select(static h => $"{h.Key.ToLowerInvariant()}={h.Value}").Order().Prepend($"{http.Request.Method} {http.Request.Host}")));
        app.Map("/to", (HttpContext http, int status, string location) =>
        {
            http.Response.StatusCode = status;
            http.Response.Headers.Location = location;
        });
        app.MapGet("/bytes", static (int size, bool chunked) => Results.Stream(async stream =>
        {
            var block = new byte[1024];
            for (var left = size; left > 0; left -= block.Length)
            {
                await stream.WriteAsync(block.AsMemory(0, Math.Min(left, block.Length)));
            }
        }, "application/octet-stream"));
        _ports[Own] = Port(app);
        _ports[Other] = _ports[Own];
        await app.StartAsync();
        _ports[Own] = _ports[Other] = Port(app);
    }

    public async Task DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task An_answer_comes_back_whole()
    {
        var outcome = await SendAsync(Request("GET", $"http://{Own}/hello"));
        Assert.Equal(200, outcome.Reply!.Status);
        Assert.Equal("hello", Encoding.UTF8.GetString(outcome.Reply.Body));
        Assert.Contains(new HttpField("x-answer", "yes"), outcome.Reply.Headers);
        Assert.Equal("127.0.0.1", outcome.Reply.Address);
        Assert.Null(outcome.Reply.Url);
        var body = RandomNumberGenerator.GetBytes(50_000);
        outcome = await SendAsync(Request("POST", $"http://{Own}/echo", body, ("content-type", "application/x-test")));
        Assert.Equal(body, outcome.Reply!.Body);
        Assert.Contains(new HttpField("content-type", "application/x-test"), outcome.Reply.Headers);
    }

    [Fact]
    public async Task The_server_sees_what_the_cell_gave_and_the_key_and_nothing_else()
    {
        var seen = await TextAsync(Request("POST", $"http://{Own}/seen", [1], ("x-mine", "a b"), ("accept", "*/*")));
        Assert.Equal(["POST own.example", "accept=*/*", "content-length=1", "idempotency-key=the-key", "x-mine=a b"], seen.Split('\n'));
        seen = await TextAsync(Request("GET", $"http://{Own}/seen", [], ("idempotency-key", "my-own")));
        Assert.Equal(["GET own.example", "idempotency-key=my-own"], seen.Split('\n'));
    }

    [Theory]
    [InlineData("/hello", "http://own.example/hello")]
    [InlineData("hello", "http://own.example/hello")]
    [InlineData("//own.example/hello", "http://own.example/hello")]
    [InlineData("http://OTHER.example/hello#part", "http://other.example/hello")]
    public async Task A_redirect_within_the_grants_is_followed(string location, string found)
    {
        var outcome = await SendAsync(Request("GET", To(302, location)) with { Redirects = 3 });
        Assert.Equal((200, 1, found), (outcome.Reply!.Status, outcome.Redirects, outcome.Reply.Url));
    }

    [Fact]
    public async Task A_redirect_is_the_answer_where_none_may_be_followed()
    {
        var outcome = await SendAsync(Request("GET", To(302, "/hello")));
        Assert.Equal((302, 0), (outcome.Reply!.Status, outcome.Redirects));
    }

    [Theory]
    [InlineData("http://evil.example/", "http://evil.example:80")]
    [InlineData("http://127.0.0.1/", "http://127.0.0.1:80")]
    [InlineData("http://own.example:81/", "http://own.example:81")]
    [InlineData("http://[::ffff:127.0.0.1]/", "http://127.0.0.1:80")]
    public async Task A_redirect_to_what_is_not_granted_is_refused(string location, string place)
    {
        var before = _gate.Connections;
        var outcome = await SendAsync(Request("GET", To(302, location)) with { Redirects = 3 });
        Assert.Equal((RequestCodes.RedirectDenied, place), (outcome.Failure!.Code, outcome.Failure.Place));
        Assert.Equal(before + 1, _gate.Connections);
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("http://2130706433/")]
    [InlineData("http://user@own.example/")]
    [InlineData("gopher://own.example/")]
    public async Task A_redirect_to_what_can_be_read_in_two_ways_is_refused(string location)
    {
        var outcome = await SendAsync(Request("GET", To(302, location)) with { Redirects = 3 });
        Assert.Equal(RequestCodes.ResponseMalformed, outcome.Failure!.Code);
    }

    [Fact]
    public async Task Redirects_end()
    {
        var outcome = await SendAsync(Request("GET", To(307, To(307, To(307, "/hello")))) with { Redirects = 2 });
        Assert.Equal((RequestCodes.TooManyRedirects, 2), (outcome.Failure!.Code, outcome.Redirects));
    }

    [Theory]
    [InlineData(301, "GET")]
    [InlineData(303, "GET")]
    [InlineData(307, "POST")]
    [InlineData(308, "POST")]
    public async Task A_redirected_post_stays_one_only_where_the_status_says_so(int status, string method)
    {
        var seen = await TextAsync(Request("POST", To(status, "/seen"), [1]) with { Redirects = 1 });
        Assert.StartsWith($"{method} own.example", seen, StringComparison.Ordinal);
        Assert.Equal(method == "POST", seen.Contains("content-length=1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Secrets_do_not_follow_to_another_origin()
    {
        HttpField[] headers = [new("authorization", "Bearer x"), new("cookie", "a=b"), new("x-other", "1")];
        var there = await TextAsync(Request("GET", To(302, $"http://{Other}/seen")) with { Redirects = 1, Headers = headers });
        Assert.Equal(["GET other.example", "idempotency-key=the-key", "x-other=1"], there.Split('\n'));
        var here = await TextAsync(Request("GET", To(302, "/seen")) with { Redirects = 1, Headers = headers });
        Assert.Contains("authorization=Bearer x", here, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1024, 1024, true)]
    [InlineData(1025, 1024, false)]
    [InlineData(50_000_000, 1024, false)]
    public async Task A_body_is_taken_whole_or_not_at_all(int size, int most, bool fits)
    {
        var outcome = await SendAsync(Request("GET", $"http://{Own}/bytes?size={size}&chunked=true") with { ResponseBytes = most });
        Assert.Equal(fits ? null : RequestCodes.ResponseTooLarge, outcome.Failure?.Code);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\nContent-Length: 999999999\n\nx", RequestCodes.ResponseTooLarge)]
    [InlineData("HTTP/1.1 200 OK\nContent-Length: 10\n\nx", RequestCodes.ConnectionLost)]
    [InlineData("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\nzz\n", RequestCodes.ConnectionLost)]
    [InlineData("SSH-2.0-OpenSSH_9.2\n", RequestCodes.ResponseMalformed)]
    [InlineData("", RequestCodes.ConnectionLost)]
    public async Task What_is_no_answer_is_told_by_code(string text, string code)
    {
        Raw(RawServer.Says(text));
        Assert.Equal(code, (await SendAsync(Request("GET", "http://raw.example/"))).Failure!.Code);
    }

    [Fact]
    public async Task Endless_headers_are_cut()
    {
        Raw(async (stream, cancel) =>
        {
            await stream.WriteAsync("HTTP/1.1 200 OK\r\n"u8.ToArray(), cancel);
            while (true)
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"X-{Guid.NewGuid():N}: {new string('x', 1000)}\r\n"), cancel);
            }
        });
        Assert.Equal(RequestCodes.HeadersTooLarge, (await SendAsync(Request("GET", "http://raw.example/"))).Failure!.Code);
    }

    [Fact]
    public async Task So_are_many_small_ones()
    {
        Raw(RawServer.Says("HTTP/1.1 200 OK\nContent-Length: 0\n" + string.Concat(Enumerable.Range(0, 300).Select(static i => $"a{i}: b\n")) + "\n"));
        Assert.Equal(RequestCodes.HeadersTooLarge, (await SendAsync(Request("GET", "http://raw.example/"))).Failure!.Code);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nX-Slow: ")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")]
    [InlineData("")]
    public async Task A_server_that_takes_its_time_gets_no_more_than_the_request_has(string begins)
    {
        var ended = new TaskCompletionSource();
        Raw(async (stream, cancel) =>
        {
            try
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes(begins), cancel);
                using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
                while (await tick.WaitForNextTickAsync(cancel))
                {
                    await stream.WriteAsync(begins.Length == 0 ? ReadOnlyMemory<byte>.Empty : "a"u8.ToArray(), cancel);
                    if (begins.Length == 0 && await stream.ReadAsync(new byte[1], cancel) == 0)
                    {
                        throw new IOException("closed");
                    }
                }
            }
            finally
            {
                ended.TrySetResult();
            }
        });
        var outcome = await SendAsync(Request("GET", "http://raw.example/") with { TimeoutMs = 300 });
        Assert.Equal(RequestCodes.Timeout, outcome.Failure!.Code);
        Assert.InRange(outcome.Us, 250_000, 5_000_000);
        // The connection is gone too: nothing of the server's is left to hold.
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Only_the_certificates_of_the_profile_are_trusted()
    {
        using var authority = TestAuthority.Make();
        var server = await StartAsync(TestAuthority.Certificate(authority, "tls.example"));
        server.MapGet("/", static () => "over tls");
        await server.StartAsync();
        _ports["tls.example"] = _ports["misnamed.example"] = Port(server);
        var trusted = authority.ExportCertificatePem();
        Assert.Equal("over tls", await TextAsync(Request("GET", "https://tls.example/"), trusted));
        Assert.Equal(RequestCodes.TlsFailed, (await SendAsync(Request("GET", "https://misnamed.example/"), trusted)).Failure!.Code);
        Assert.Equal(RequestCodes.TlsFailed, (await SendAsync(Request("GET", "https://tls.example/"))).Failure!.Code);
        using var stranger = TestAuthority.Make();
        Assert.Equal(RequestCodes.TlsFailed, (await SendAsync(Request("GET", "https://tls.example/"), stranger.ExportCertificatePem())).Failure!.Code);
    }

    [Fact]
    public async Task A_cell_keeps_its_connection_and_another_gets_its_own()
    {
        var profile = Profile(null);
        using (var network = new CellNetwork(profile, _gate, null))
        {
            for (var i = 0; i < 5; i++)
            {
                Assert.NotNull((await HttpSender.SendAsync(network, Request("GET", $"http://{Own}/hello"), "k", TimeProvider.System, default)).Reply);
            }

            Assert.Equal(1, _gate.Connections);
        }

        Assert.NotNull((await SendAsync(Request("GET", $"http://{Own}/hello"))).Reply);
        Assert.Equal(2, _gate.Connections);
    }

    [Fact]
    public async Task A_place_nobody_listens_at_is_told_by_code()
    {
        _ports["raw.example"] = 1;
        var outcome = await SendAsync(Request("GET", "http://raw.example/"));
        Assert.Equal((BrokerCodes.ConnectRefused, "http://raw.example:80"), (outcome.Failure!.Code, outcome.Failure.Place));
    }

    private async Task<HttpOutcome> SendAsync(CellRequest request, string? trust = null)
    {
        using var network = new CellNetwork(Profile(trust), _gate, null);
        return await HttpSender.SendAsync(network, request, "the-key", TimeProvider.System, CancellationToken.None);
    }

    private async Task<string> TextAsync(CellRequest request, string? trust = null)
    {
        var outcome = await SendAsync(request, trust);
        Assert.True(outcome.Reply is not null, outcome.Failure?.Reason);
        return Encoding.UTF8.GetString(outcome.Reply!.Body);
    }

    private static string To(int status, string location) => $"http://{Own}/to?status={status}&location={Uri.EscapeDataString(location)}";

    private static CellRequest Request(string method, string url, byte[]? body = null, params (string Name, string Value)[] headers)
    {
        Assert.True(EgressUrl.TryParse(url, out var parsed), url);
        return new CellRequest(1, method, parsed, [.. headers.Select(static header => new HttpField(header.Name, header.Value))], body ?? [], 20_000, 1024 * 1024, 0, "");
    }

    private static EgressCredential Profile(string? trust)
    {
        string[] hosts = [Own, Other, "raw.example", "tls.example", "misnamed.example"];
        var grants = string.Join(',', hosts.Select(static host => $$"""{"host":"{{host}}","ports":[80,443],"plain":true}"""));
        using var signer = new Ed25519Signer(RandomNumberGenerator.GetBytes(32));
        return EgressCredential.Sign(
            Encoding.UTF8.GetBytes($$"""{"egress":"v1","name":"test","tenant":"clinic","serial":1,"not_after":"2099-01-01T00:00:00Z","grants":[{{grants}}]{{(trust is null ? "" : $",\"trust\":{System.Text.Json.JsonSerializer.Serialize(trust)}")}}}"""), signer);
    }

    private void Raw(Func<System.Net.Sockets.NetworkStream, CancellationToken, Task> answer)
    {
        var server = new RawServer(answer);
        _servers.Add(server);
        _ports["raw.example"] = server.Port;
    }

    private Task<WebApplication> StartAsync(X509Certificate2? certificate = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                if (certificate is not null)
                {
                    listen.UseHttps(certificate);
                }
            });
        });
        if (certificate is not null)
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
        }

        var app = builder.Build();
        _servers.Add(app);
        return Task.FromResult(app);
    }

    private static int Port(WebApplication app) => app.Urls.Select(static url => new Uri(url).Port).FirstOrDefault();

    private static async Task<byte[]> BytesAsync(Stream stream)
    {
        using var all = new MemoryStream();
        await stream.CopyToAsync(all);
        return all.ToArray();
    }
}
