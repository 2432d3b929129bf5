using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Voxeltron.Cells;
using Voxeltron.CellWorker;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Tests.Integration.Egress;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Integration.Models;

/// <summary>
/// Goal: a call is answered by the cheapest provider that would do and can, and whatever a provider does wrong has a name and costs the call that one
/// alone. Method: real HTTP servers that behave well, slowly and badly; the network's walls have tests of their own, so every place is a port of this machine.
/// </summary>
public sealed class ModelSenderTests : IAsyncLifetime, IDisposable
{
    private const string Tenant = "acme";

    private readonly Ed25519Signer _operator = new(RandomNumberGenerator.GetBytes(32));
    private readonly List<IAsyncDisposable> _servers = [];
    private readonly Dictionary<string, int> _ports = [];
    private readonly List<string> _providers = [];
    private readonly List<string> _asked = [];
    private readonly DirectoryInfo _keys = Directory.CreateTempSubdirectory("vxt-model-keys-");
    private readonly WorkerMetrics _metrics = new();
    private EgressDesk _egress = null!;
    private ModelDesk _desk = null!;
    private ModelsReading _reading = new([], []);
    private int _serial;

    public Task InitializeAsync()
    {
        _egress = new EgressDesk(new DirectGate(url => _ports.GetValueOrDefault(url.Host, 1)), [_operator.PublicKey], TimeProvider.System);
        _desk = new ModelDesk(_egress, (_, _) => Task.FromResult(_reading), new ModelKeys(_keys.FullName), _metrics, NullLogger.Instance);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }

        await _egress.DisposeAsync();
    }

    public void Dispose()
    {
        _desk.Dispose();
        _metrics.Dispose();
        _operator.Dispose();
        _keys.Delete(recursive: true);
    }

    [Fact]
    public async Task The_cheapest_that_would_do_is_asked_and_no_other()
    {
        await ServeAsync("dear", Good("dear"), price: 900);
        await ServeAsync("cheap", Good("cheap"), price: 100, external: true);
        await ServeAsync("free", Good("free"), classes: "\"other\"");
        await ServeAsync("narrow", Good("narrow"), context: 30);
        Declare();

        var outcome = await SendAsync();

        var replied = outcome.Replied!;
        Assert.Equal(("cheap", "model-of-cheap", "stop", "cheap", "127.0.0.1"), (replied.Reply.Provider, replied.Reply.Model, replied.Reply.Finish, Text(outcome), replied.Reply.Address));
        Assert.Equal((7L, 3L, false, true, 1L), (replied.Reply.TokensIn, replied.Reply.TokensOut, replied.IsEstimated, replied.IsExternal, replied.CostMicro));
        Assert.Empty(outcome.Tried);
        Assert.Equal(["cheap"], _asked);
    }

    [Fact]
    public async Task A_provider_sees_the_call_its_key_and_the_idempotency_key_and_nothing_of_the_fabric()
    {
        string seen = "", body = "";
        await ServeAsync("west", async http =>
        {
            seen = string.Join('\n', http.Request.Headers.Where(static h => h.Key is not ("Host" or "Content-Length")).Select(static h => $"{h.Key.ToLowerInvariant()}={h.Value}").Order().Prepend($"{http.Request.Method} {http.Request.Path}"));
            using var reader = new StreamReader(http.Request.Body);
            body = await reader.ReadToEndAsync();
            await SayAsync(http, ModelDocuments.Answer("ok"));
        }, key: "west");
        Declare();
        await File.WriteAllTextAsync(Path.Combine(_keys.FullName, "west"), "sk-secret\n");
        File.SetUnixFileMode(Path.Combine(_keys.FullName, "west"), UnixFileMode.UserRead | UnixFileMode.UserWrite);

        Assert.Equal("ok", Text(await SendAsync()));

        Assert.Equal("POST /v1/chat/completions\naccept=application/json\nauthorization=Bearer sk-secret\ncontent-type=application/json\nidempotency-key=the-key", seen);
        using var document = JsonDocument.Parse(body);
        Assert.Equal(["model", "max_tokens", "stream", "messages", "temperature"], document.RootElement.EnumerateObject().Select(static member => member.Name));
        Assert.Equal("model-of-west", document.RootElement.GetProperty("model").GetString());
    }

    [Theory]
    [InlineData("missing", null)]
    [InlineData("open", "sk-1")]
    [InlineData("two-lines", "a\nb")]
    [InlineData("empty", "")]
    public async Task A_key_that_is_none_costs_its_provider_the_call_and_is_told_nowhere(string name, string? text)
    {
        await ServeAsync("west", Good("west"), key: name);
        await ServeAsync("next", Good("next"), price: 5);
        Declare();
        if (text is not null)
        {
            var path = Path.Combine(_keys.FullName, name);
            await File.WriteAllTextAsync(path, text);
            File.SetUnixFileMode(path, name == "open" ? UnixFileMode.UserRead | UnixFileMode.OtherRead : UnixFileMode.UserRead);
        }

        var outcome = await SendAsync();

        var tried = Assert.Single(outcome.Tried);
        Assert.Equal(("west", ModelCodes.KeyMissing, null), (tried.Provider, tried.Code, tried.SentUs));
        Assert.DoesNotContain("sk-1", tried.Reason, StringComparison.Ordinal);
        Assert.Equal("next", Text(outcome));
    }

    public static TheoryData<string, string> Faults => new()
    {
        { "status 500", ModelCodes.ServerFailed },
        { "status 503", ModelCodes.ServerFailed },
        { "status 429", ModelCodes.RateLimited },
        { "status 401", ModelCodes.KeyRefused },
        { "status 400", ModelCodes.RequestRejected },
        { "redirect", ModelCodes.ServerFailed },
        { "html", ModelCodes.AnswerMalformed },
        { "half", RequestCodes.ConnectionLost },
        { "no json", ModelCodes.AnswerMalformed },
        { "endless", RequestCodes.ResponseTooLarge },
        { "slow", RequestCodes.Timeout },
        { "drip", RequestCodes.Timeout },
        { "closed", RequestCodes.ConnectionLost },
        { "no http", RequestCodes.ResponseMalformed },
        { "nobody", BrokerCodes.ConnectRefused },
        { "other certificate", RequestCodes.TlsFailed },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Whatever_a_provider_does_wrong_has_a_name_and_the_next_one_is_asked(string fault, string code)
    {
        await MisbehaveAsync(fault);
        await ServeAsync("next", Good("next"), price: 5);
        Declare();

        var outcome = await SendAsync();

        var tried = Assert.Single(outcome.Tried);
        Assert.Equal(("bad", code), (tried.Provider, tried.Code));
        Assert.NotNull(tried.SentUs);
        Assert.Equal("next", Text(outcome));
    }

    [Fact]
    public async Task Nobody_answers_where_all_fail_and_each_is_named_in_its_order()
    {
        await ServeAsync("one", static http => Status(http, 500), price: 1);
        await ServeAsync("two", static http => Status(http, 429), price: 2);
        await ServeAsync("three", static http => Status(http, 400), price: 3);
        Declare();

        var outcome = await SendAsync();

        Assert.Equal((null, ModelCodes.Failed), (outcome.Replied, outcome.Code));
        Assert.Equal(["one server_failed", "two rate_limited", "three request_rejected"], outcome.Tried.Select(static one => $"{one.Provider} {one.Code}"));
    }

    [Fact]
    public async Task Nobody_would_do()
    {
        Assert.Equal(ModelCodes.NoProvider, (await SendAsync()).Code);
        await ServeAsync("free", Good("free"), classes: "\"other\"");
        Declare();
        Assert.Equal(ModelCodes.NoProvider, (await SendAsync()).Code);
        Assert.Empty(_asked);
    }

    [Fact]
    public async Task What_was_declared_a_moment_ago_is_found_though_nobody_said_so_yet()
    {
        await ServeAsync("free", Good("free"));
        Declare(isKnown: false);
        Assert.Equal("free", Text(await SendAsync()));
    }

    [Fact]
    public async Task A_provider_that_fails_again_and_again_is_not_asked_for_a_while_and_one_that_says_when_not_before()
    {
        await ServeAsync("bad", static http => Status(http, 500));
        await ServeAsync("busy", static http =>
        {
            http.Response.Headers.RetryAfter = "60";
            return Status(http, 503);
        }, price: 1);
        await ServeAsync("next", Good("next"), price: 5);
        Declare();

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("next", Text(await SendAsync()));
        }

        Assert.Equal((3, 1, 5), (_asked.Count(static name => name == "bad"), _asked.Count(static name => name == "busy"), _asked.Count(static name => name == "next")));
    }

    [Fact]
    public async Task Where_all_are_out_the_call_says_so_and_nothing_leaves()
    {
        await ServeAsync("bad", static http => Status(http, 500));
        Declare();
        for (var i = 0; i < 3; i++)
        {
            await SendAsync();
        }

        var outcome = await SendAsync();

        Assert.Equal(ModelCodes.Failed, outcome.Code);
        Assert.Equal(("bad", ModelCodes.Out, null), (Assert.Single(outcome.Tried).Provider, outcome.Tried[0].Code, outcome.Tried[0].SentUs));
        Assert.Equal(3, _asked.Count);
    }

    [Fact]
    public async Task The_air_gap_cuts_who_is_asked_outside_and_the_call_goes_on_inside()
    {
        var (came, went) = (new TaskCompletionSource(), new TaskCompletionSource());
        await ServeAsync("outside", http => HangAsync(http, came, went), external: true);
        await ServeAsync("inside", Good("inside"), price: 5);
        Declare();

        var call = SendAsync();
        await came.Task.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.False(call.IsCompleted);
        await GapAsync(true);
        var outcome = await call.WaitAsync(TimeSpan.FromSeconds(20));

        // The server sees it too: nothing more goes there.
        await went.Task.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(("outside", ModelCodes.AirGapped, true), (Assert.Single(outcome.Tried).Provider, outcome.Tried[0].Code, outcome.Tried[0].SentUs is not null));
        Assert.Equal("inside", Text(outcome));

        // While it is on nobody outside is asked; off, they are, and no worse for it.
        Assert.Empty((await SendAsync()).Tried);
        Assert.Equal(["outside", "inside", "inside"], _asked);
    }

    [Fact]
    public async Task With_the_gap_on_and_nobody_inside_the_call_says_why_and_is_made_again_when_it_is_off()
    {
        await ServeAsync("outside", Good("outside"), external: true);
        Declare();
        await GapAsync(true);
        var outcome = await SendAsync();
        Assert.Equal((ModelCodes.AirGapped, 0), (outcome.Code, outcome.Tried.Count));
        Assert.Empty(_asked);
        await GapAsync(false);
        Assert.Equal("outside", Text(await SendAsync()));
        // The fabric's holds for every tenant.
        _reading = new ModelsReading([], [new AirGapRow(TenantId.Fabric, true, 1, 1)]);
        await _desk.LookAsync(default);
        Assert.Equal(ModelCodes.AirGapped, (await SendAsync()).Code);
    }

    [Theory]
    [InlineData("forged")]
    [InlineData("other tenant")]
    public async Task A_row_that_no_operator_signed_for_the_tenant_is_not_used(string what)
    {
        using var stranger = new Ed25519Signer(RandomNumberGenerator.GetBytes(32));
        await ServeAsync("free", Good("free"));
        var document = what == "forged" ? ModelDocuments.Sign(stranger, Tenant, 1, _providers) : ModelDocuments.Sign(_operator, "other", 1, _providers);
        _reading = new ModelsReading([Row(document)], []);
        await _desk.LookAsync(default);
        Assert.Equal(ModelCodes.NoProvider, (await SendAsync()).Code);
        Assert.Empty(_asked);
    }

    [Fact]
    public async Task A_host_that_has_no_way_out_says_so_of_each_provider_and_holds_it_against_none()
    {
        await using var closed = new EgressDesk(new ClosedGate("no broker here"), [_operator.PublicKey], TimeProvider.System);
        using var desk = new ModelDesk(closed, (_, _) => Task.FromResult(_reading), new ModelKeys(_keys.FullName), _metrics, NullLogger.Instance);
        await ServeAsync("free", Good("free"));
        Declare(isKnown: false);
        for (var i = 0; i < 5; i++)
        {
            var outcome = await new ModelSender(desk, new TenantId(Tenant)).SendAsync(Call(), "k", default);
            Assert.Equal((ModelCodes.Failed, RequestCodes.Unavailable), (outcome.Code, Assert.Single(outcome.Tried).Code));
        }
    }

    [Fact]
    public async Task Who_asked_and_has_gone_holds_it_against_nobody()
    {
        var came = new TaskCompletionSource();
        await ServeAsync("slow", http => HangAsync(http, came, new TaskCompletionSource()));
        Declare();
        for (var i = 0; i < 5; i++)
        {
            using var gone = new CancellationTokenSource();
            var call = new ModelSender(_desk, new TenantId(Tenant)).SendAsync(Call(), "k", gone.Token);
            await came.Task.WaitAsync(TimeSpan.FromSeconds(20));
            await gone.CancelAsync();
            Assert.Null((await call).Replied);
        }

        Assert.False(_desk.Of(new TenantId(Tenant)).Route(Call().Need, long.MaxValue / 4, new HashSet<string>()).Route.Resting.Count > 0);
    }

    private async Task MisbehaveAsync(string fault)
    {
        switch (fault)
        {
            case "nobody":
                Add("bad", 1);
                return;
            case "closed" or "half" or "no http":
                var raw = new RawServer(RawServer.Says(fault switch
                {
                    "closed" => "",
                    "half" => "HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: 1000\n\n{\"choices\":[",
                    _ => "SSH-2.0-OpenSSH_9.2\n",
                }));
                _servers.Add(raw);
                Add("bad", raw.Port);
                return;
            case "other certificate":
                using (var authority = TestAuthority.Make())
                using (var other = TestAuthority.Make())
                {
                    await ServeAsync("bad", Good("bad"), certificate: TestAuthority.Certificate(authority, "bad.example"), trust: other.ExportCertificatePem());
                }

                return;
        }

        await ServeAsync("bad", async http =>
        {
            switch (fault)
            {
                case "redirect":
                    http.Response.Redirect("http://next.example/v1/chat/completions");
                    break;
                case "html":
                    http.Response.ContentType = "text/html";
                    await http.Response.WriteAsync(ModelDocuments.Answer("in a page"));
                    break;
                case "no json":
                    await SayAsync(http, "<html>");
                    break;
                case "endless":
                    http.Response.ContentType = "application/json";
                    while (true)
                    {
                        await http.Response.Body.WriteAsync(new byte[4096], http.RequestAborted);
                    }

                case "slow":
                    await HangAsync(http, new TaskCompletionSource(), new TaskCompletionSource());
                    break;
                case "drip":
                    http.Response.ContentType = "application/json";
                    using (var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(10)))
                    {
                        while (await tick.WaitForNextTickAsync(http.RequestAborted))
                        {
                            await http.Response.Body.WriteAsync(" "u8.ToArray(), http.RequestAborted);
                            await http.Response.Body.FlushAsync(http.RequestAborted);
                        }
                    }

                    break;
                default:
                    await Status(http, int.Parse(fault.AsSpan("status ".Length)));
                    break;
            }
        }, timeoutMs: fault is "slow" or "drip" ? 300 : 20_000);
    }

    private static async Task HangAsync(HttpContext http, TaskCompletionSource came, TaskCompletionSource went)
    {
        came.TrySetResult();
        await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        went.TrySetResult();
    }

    private static Task Status(HttpContext http, int status)
    {
        http.Response.StatusCode = status;
        return SayAsync(http, """{"error":{"message":"no"}}""");
    }

    private static RequestDelegate Good(string text) => http => SayAsync(http, ModelDocuments.Answer(text));

    private static Task SayAsync(HttpContext http, string json)
    {
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(json);
    }

    private async Task ServeAsync(
        string name, RequestDelegate answer, bool external = false, long price = 0, string classes = "\"small\"", int context = 100_000, int timeoutMs = 20_000, string? key = null,
        X509Certificate2? certificate = null, string? trust = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (certificate is not null)
            {
                listen.UseHttps(certificate);
            }
        }));
        var app = builder.Build();
        app.Run(http =>
        {
            lock (_asked)
            {
                _asked.Add(name);
            }

            return answer(http);
        });
        await app.StartAsync();
        _servers.Add(app);
        Add(name, new Uri(app.Urls.Single()).Port, external, price, classes, context, timeoutMs, key, trust);
    }

    private void Add(string name, int port, bool external = false, long price = 0, string classes = "\"small\"", int context = 100_000, int timeoutMs = 20_000, string? key = null, string? trust = null)
    {
        _ports[name + ".example"] = port;
        _providers.Add(ModelDocuments.Provider(_operator, Tenant, name, name + ".example", 443, external, price, classes, context, timeoutMs: timeoutMs, key: key, trust: trust, limits: """{"response_bytes":65536}"""));
    }

    private void Declare(bool isKnown = true)
    {
        _reading = new ModelsReading([Row(ModelDocuments.Sign(_operator, Tenant, ++_serial, _providers))], []);
        if (isKnown)
        {
            _desk.LookAsync(default).GetAwaiter().GetResult();
        }
    }

    private static ModelCatalogRow Row(ModelsCredential credential) =>
        new(new TenantId(Tenant), credential.Catalog.Serial, credential.Digest, credential.ToJson(), credential.Catalog.Providers.Count, credential.Catalog.NotAfterUs, credential.Catalog.Serial, 1);

    private Task GapAsync(bool isOn)
    {
        _reading = new ModelsReading([], [new AirGapRow(new TenantId(Tenant), isOn, 1, 1)]);
        return _desk.LookAsync(default);
    }

    private Task<ModelOutcome> SendAsync() => new ModelSender(_desk, new TenantId(Tenant)).SendAsync(Call(), "the-key", CancellationToken.None);

    private static CellModelCall Call() => new(1, "small", 20, """{"messages":[{"content":"what is this?","role":"user"}],"temperature":0.2}"""u8.ToArray(), "t");

    private static string Text(ModelOutcome outcome)
    {
        Assert.True(outcome.Replied is not null, $"{outcome.Code}: {string.Join("; ", outcome.Tried)}");
        return Encoding.UTF8.GetString(outcome.Replied!.Reply.Body);
    }
}
