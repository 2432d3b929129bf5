using System.Text;
using System.Text.Json;
using Voxeltron.Broker.Interop;
using Voxeltron.CellWorker;
using Voxeltron.Kernel;
using Voxeltron.Tests.Support;
using Xunit;

namespace Voxeltron.Tests.Integration.Broker;

/// <summary>Goal: a broker believes only operators, stands what anybody sends, and leaves nothing behind. Method: a real broker, killed and ended and talked nonsense to.</summary>
public sealed class BrokerLifeTests : IAsyncLifetime
{
    private const string Grants = """[{"addresses":["203.0.113.0/24"],"ports":[443]}]""";

    private BrokerStand _stand = null!;

    public async Task InitializeAsync() => _stand = await BrokerStand.StartAsync("--ready", "1", "--spaces", "16");

    public async Task DisposeAsync() => await _stand.DisposeAsync();

    [BrokerFact]
    public async Task A_profile_that_is_forged_or_over_or_revoked_is_refused_by_which_it_is()
    {
        var worker = await _stand.WorkerAsync();
        using var stranger = BrokerStand.Signer();
        Assert.Equal(BrokerCodes.ProfileForged, await CodeAsync(worker, _stand.Profile(Grants, signer: stranger)));
        var (_, good) = _stand.Profile(Grants);
        var payload = Encoding.UTF8.GetString(good.GetProperty("payload").GetBytesFromBase64()).Replace("[443]", "[444]", StringComparison.Ordinal);
        var tampered = good.GetRawText().Replace(good.GetProperty("payload").GetString()!, Convert.ToBase64String(Encoding.UTF8.GetBytes(payload)), StringComparison.Ordinal);
        Assert.Equal(BrokerCodes.ProfileForged, await CodeAsync(worker, ("", JsonDocument.Parse(tampered).RootElement)));
        Assert.Equal(BrokerCodes.ProfileForged, await CodeAsync(worker, ("", JsonDocument.Parse("{}").RootElement)));
        Assert.Equal(BrokerCodes.ProfileExpired, await CodeAsync(worker, _stand.Profile(Grants, notAfter: "2020-01-01T00:00:00Z")));

        var (digest, taken) = await BrokerStand.TakeAsync(worker, _stand.Profile(Grants, serial: 2));
        Assert.Equal(BrokerCodes.ProfileRevoked, await CodeAsync(worker, _stand.Profile(Grants, serial: 1)));
        Assert.Null(await CodeAsync(worker, _stand.Profile(Grants, serial: 3)));
        // What a lower one had is taken away at once.
        Assert.Contains((await BrokerStand.ConnectAsync(worker, taken, NetworkStand.One, 443)).Reply.Code, (string[])[BrokerCodes.ProfileRevoked, BrokerCodes.Stale]);
        Assert.Equal(BrokerCodes.ProfileRevoked, (await BrokerStand.AskTakeAsync(worker, digest)).Code);

        var last = _stand.Profile(Grants, name: "labs");
        var (_, held) = await BrokerStand.TakeAsync(worker, last);
        File.WriteAllText(_stand.Withdrawn, $"# incident 7\n{last.Digest}\n");
        Assert.Equal(BrokerCodes.ProfileRevoked, (await BrokerStand.ConnectAsync(worker, held, NetworkStand.One, 443)).Reply.Code);
        Assert.Equal(BrokerCodes.ProfileRevoked, await CodeAsync(worker, last));
    }

    [BrokerFact]
    public async Task A_broker_that_starts_again_remembers_what_was_revoked()
    {
        var worker = await _stand.WorkerAsync();
        Assert.Null(await CodeAsync(worker, _stand.Profile(Grants, serial: 5)));
        await _stand.SignalAsync("KILL");
        await _stand.RunAsync();
        await _stand.UntilAsync(() => worker.Epoch == 2, "the worker is back");

        Assert.Equal(BrokerCodes.ProfileRevoked, await CodeAsync(worker, _stand.Profile(Grants, serial: 4)));
    }

    [BrokerFact]
    public async Task A_killed_broker_is_followed_by_one_that_cleans_up_and_goes_on()
    {
        var port = _stand.Network.Serve(_stand.Network.Outside, NetworkStand.One, "here");
        var worker = await _stand.WorkerAsync();
        var (digest, taken) = await BrokerStand.TakeAsync(worker, _stand.Profile($$"""[{"addresses":["203.0.113.0/24"],"ports":[{{port}}]}]"""));
        using var old = (await BrokerStand.ConnectAsync(worker, taken, NetworkStand.One, port)).Socket!;
        Assert.Equal("here", await BrokerStand.HearAsync(old));
        await _stand.Network.IpAsync($"-n {_stand.Network.Outside} route add blackhole 203.0.113.99/32");
        var outstanding = BrokerStand.ConnectAsync(worker, taken, "203.0.113.99", port, timeoutMs: 30_000);
        // It is outstanding at the broker once a later request is answered.
        await BrokerStand.AskTakeAsync(worker, digest);

        await _stand.SignalAsync("KILL");
        Assert.Equal(BrokerCodes.Away, (await outstanding).Reply.Code);
        Assert.Equal(BrokerCodes.Away, (await BrokerStand.AskTakeAsync(worker, digest)).Code);
        await _stand.RunAsync();
        await _stand.UntilAsync(() => worker.Epoch == 2, "the worker is back");

        // Declared by nobody here: the connection did it.
        var again = await BrokerStand.AskTakeAsync(worker, digest);
        Assert.Null(again.Code);
        Assert.Equal(BrokerCodes.Stale, (await BrokerStand.ConnectAsync(worker, again with { Generation = taken.Generation }, NetworkStand.One, port)).Reply.Code);
        using var fresh = (await BrokerStand.ConnectAsync(worker, again, NetworkStand.One, port)).Socket!;
        Assert.Equal("here", await BrokerStand.HearAsync(fresh));
        // A descriptor of the dead broker leads nowhere: the link it needs was removed.
        Assert.Equal(1, _stand.Said("leftovers_removed"));
        NetworkStand.Disconnect(old);
        Assert.False(NetworkStand.Reconnect(old, NetworkStand.One, port, timeoutMs: 500));
    }

    [BrokerFact]
    public async Task A_broker_that_is_asked_to_end_leaves_the_machine_as_it_was()
    {
        var machine = $"/run/netns/{_stand.Network.Machine}";
        var worker = await _stand.WorkerAsync();
        await BrokerStand.TakeAsync(worker, _stand.Profile(Grants));
        Assert.Contains("vxb", await _stand.Network.IpAsync($"-n {_stand.Network.Machine} -br link"), StringComparison.Ordinal);
        Assert.Contains("voxeltron_broker", await Shell.RunAsync("nsenter", $"--net={machine}", "nft", "list", "ruleset"), StringComparison.Ordinal);
        Assert.Equal("1", await ForwardingAsync());

        // Killed first: what the machine was like before is known all the same.
        await _stand.SignalAsync("KILL");
        await _stand.RunAsync();
        await _stand.SignalAsync("TERM");

        Assert.DoesNotContain("vxb", await _stand.Network.IpAsync($"-n {_stand.Network.Machine} -br link"), StringComparison.Ordinal);
        Assert.Equal("", (await Shell.RunAsync("nsenter", $"--net={machine}", "nft", "list", "ruleset")).Trim());
        Assert.Equal("0", await ForwardingAsync());
        Assert.False(File.Exists(_stand.SocketPath));

        async Task<string> ForwardingAsync() => (await Shell.RunAsync("nsenter", $"--net={machine}", "cat", "/proc/sys/net/ipv4/ip_forward")).Trim();
    }

    [BrokerFact]
    public async Task A_broker_that_ends_leaves_a_databases_namespace_its_way_out()
    {
        var port = _stand.Network.Serve(_stand.Network.Outside, NetworkStand.One, "database");
        await using var database = new DatabaseStand(_stand.Network.Machine);
        await database.MakeAsync($"{NetworkStand.One}:{port}");
        Assert.Equal("database", database.Hear(NetworkStand.One, port, timeoutMs: 5000));

        await _stand.SignalAsync("TERM");
        Assert.Equal("database", database.Hear(NetworkStand.One, port, timeoutMs: 5000));
        Assert.Equal((0, ""), await database.TryAsync("--remove"));

        var machine = $"/run/netns/{_stand.Network.Machine}";
        Assert.Equal("", (await Shell.RunAsync("nsenter", $"--net={machine}", "nft", "list", "ruleset")).Trim());
        Assert.Equal("0", (await Shell.RunAsync("nsenter", $"--net={machine}", "cat", "/proc/sys/net/ipv4/ip_forward")).Trim());
    }

    [BrokerFact]
    public async Task A_databases_namespace_that_ends_leaves_a_broker_its_way_out_though_it_has_no_namespace_yet()
    {
        var port = _stand.Network.Serve(_stand.Network.Outside, NetworkStand.One, "here");
        await using (var database = new DatabaseStand(_stand.Network.Machine))
        {
            await database.MakeAsync($"{NetworkStand.One}:{port}");
            Assert.Equal((0, ""), await database.TryAsync("--remove"));
        }

        var worker = await _stand.WorkerAsync();
        var (_, taken) = await BrokerStand.TakeAsync(worker, _stand.Profile($$"""[{"addresses":["{{NetworkStand.One}}"],"ports":[{{port}}]}]"""));
        using var socket = (await BrokerStand.ConnectAsync(worker, taken, NetworkStand.One, port)).Socket;
        Assert.NotNull(socket);
        Assert.Equal("here", await BrokerStand.HearAsync(socket));
    }

    [BrokerFact]
    public async Task A_list_of_withdrawn_profiles_that_may_not_be_read_closes_all_and_takes_nothing_away()
    {
        var port = _stand.Network.Serve(_stand.Network.Outside, NetworkStand.One, "here");
        var worker = await _stand.WorkerAsync();
        var profile = _stand.Profile($$"""[{"addresses":["{{NetworkStand.One}}"],"ports":[{{port}}]}]""");
        var (digest, taken) = await BrokerStand.TakeAsync(worker, profile);
        File.WriteAllText(_stand.Withdrawn, "");
        File.SetUnixFileMode(_stand.Withdrawn, UnixFileMode.None);

        Assert.Equal(BrokerCodes.ProfileRevoked, (await BrokerStand.AskTakeAsync(worker, digest)).Code);
        Assert.Equal(BrokerCodes.ProfileRevoked, (await BrokerStand.ConnectAsync(worker, taken, NetworkStand.One, port)).Reply.Code);
        Assert.Equal(BrokerCodes.ProfileRevoked, await CodeAsync(worker, profile));

        File.SetUnixFileMode(_stand.Withdrawn, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        using var socket = (await BrokerStand.ConnectAsync(worker, taken, NetworkStand.One, port)).Socket;
        Assert.NotNull(socket);
        // One that was withdrawn and is good again is declared anew over the same connection.
        File.WriteAllText(_stand.Withdrawn, digest + "\n");
        Assert.Equal(BrokerCodes.ProfileRevoked, (await BrokerStand.AskTakeAsync(worker, digest)).Code);
        File.WriteAllText(_stand.Withdrawn, "# none\n");
        Assert.Null(await CodeAsync(worker, profile));
        Assert.Null((await BrokerStand.AskTakeAsync(worker, digest)).Code);
    }

    [BrokerFact]
    public async Task Nonsense_is_refused_and_a_flood_stops_at_its_own_sender()
    {
        using var rude = SeqPacket.Connect(_stand.SocketPath);
        foreach (var nonsense in (string[])["", "[]", "{", "{\"id\":1}", "null", "\u0001\u0002", "{\"id\":1,\"op\":\"take\"}", "{\"id\":1,\"op\":\"hello\",\"version\":99}"])
        {
            if (nonsense.Length > 0)
            {
                rude.Send(Encoding.UTF8.GetBytes(nonsense));
                Assert.Equal(BrokerCodes.BadRequest, Hear(rude).Code);
            }
        }

        rude.Send(Encoding.UTF8.GetBytes(new string('x', 140_000)));
        Assert.Equal(BrokerCodes.BadRequest, Hear(rude).Code);
        rude.Send(Encoding.UTF8.GetBytes("""{"id":1,"op":"hello","version":1}"""));
        Assert.Null(Hear(rude).Code);
        foreach (var nonsense in (string[])["""{"id":2,"op":"fly"}""", """{"id":2,"op":"profile"}""", """{"id":2,"op":"take","digest":"00"}""", """{"id":2,"op":"connect"}""", """{"id":2,"op":"release","space":-1}"""])
        {
            rude.Send(Encoding.UTF8.GetBytes(nonsense));
            Assert.Equal(BrokerCodes.BadRequest, Hear(rude).Code);
        }

        // Never reads an answer: the broker stops reading it before it has more than its share.
        var sent = 0;
        while (sent < 100_000 && rude.Send(Encoding.UTF8.GetBytes("""{"id":3,"op":"fly"}"""), wait: false))
        {
            sent++;
        }

        var polite = await _stand.WorkerAsync();
        var (_, taken) = await BrokerStand.TakeAsync(polite, _stand.Profile(Grants));
        Assert.Null(taken.Code);
        Assert.InRange(sent, 1, 99_999);
    }

    [BrokerFact]
    public async Task Text_that_is_none_is_refused_and_ends_nobody()
    {
        var polite = await _stand.WorkerAsync();
        var (digest, _) = await BrokerStand.TakeAsync(polite, _stand.Profile(Grants));
        var inside = Convert.ToBase64String(Encoding.UTF8.GetBytes("""{"egress":"v1","name":"\ud800","tenant":"acme","serial":1,"not_after":"2099-01-01T00:00:00Z","grants":[]}"""));
        using var rude = SeqPacket.Connect(_stand.SocketPath);
        rude.Send(Encoding.UTF8.GetBytes("""{"id":1,"op":"hello","version":1}"""));
        Assert.Null(Hear(rude).Code);
        // A lone surrogate, escaped: the bytes are good JSON, and what they say is no text.
        foreach (var (message, code) in ((string, string)[])
                 [
                     ("""{"id":2,"op":"\ud800"}""", BrokerCodes.BadRequest), ("""{"id":2,"op":"take","digest":"\udc00"}""", BrokerCodes.BadRequest),
                     ("""{"id":2,"op":"connect","space":1,"generation":1,"host":"\ud800","port":443}""", BrokerCodes.BadRequest), ("""{"id":2,"op":"profile","envelope":"\ud800"}""", BrokerCodes.ProfileForged),
                     ("""{"id":2,"op":"profile","envelope":{"payload":"\ud800","payloadType":"\ud800","signatures":[{"keyid":"\ud800","sig":"\ud800"}]}}""", BrokerCodes.ProfileForged),
                     ("""{"id":2,"op":"profile","envelope":{"payload":"AAAA","payloadType":"\ud800","signatures":[{"keyid":"\ud800","sig":"AAAA"}]}}""", BrokerCodes.ProfileForged),
                     ("""{"id":2,"op":"profile","envelope":{"\ud800":1}}""", BrokerCodes.ProfileForged),
                     ($$"""{"id":2,"op":"profile","envelope":{{_stand.Profile(Grants).Envelope.GetRawText().Replace(_stand.Profile(Grants).Envelope.GetProperty("payload").GetString()!, inside, StringComparison.Ordinal)}}}""", BrokerCodes.ProfileForged),
                 ])
        {
            rude.Send(Encoding.UTF8.GetBytes(message));
            var answer = Hear(rude);
            Assert.True(answer.Code == code, $"{message}: {answer.Code} {answer.Reason}\n{_stand.Tail()}");
        }

        // Bytes that are no UTF-8 at all.
        rude.Send([.. "{\"id\":2,\"op\":\"take\",\"digest\":\""u8, 0xff, 0xed, 0xa0, 0x80, .. "\"}"u8]);
        Assert.Equal(BrokerCodes.BadRequest, Hear(rude).Code);

        // Neither this connection nor another has lost anything.
        rude.Send(Encoding.UTF8.GetBytes("""{"id":3,"op":"fly"}"""));
        Assert.Equal(3, Hear(rude).Id);
        Assert.Equal(1, polite.Epoch);
        Assert.Null((await BrokerStand.AskTakeAsync(polite, digest)).Code);
        Assert.Equal(0, _stand.Said("request_failed"));
    }

    [BrokerFact]
    public async Task A_stock_gives_without_waiting_and_a_lease_of_a_dead_broker_is_lost()
    {
        var worker = await _stand.WorkerAsync();
        var (digest, envelope) = _stand.Profile(Grants);
        Assert.Null((await worker.DeclareAsync(digest, envelope, default)).Code);
        await using var stock = new SpaceStock(worker, new SpaceStockOptions(Target: 2, Most: 4));
        stock.Prepare(digest);
        await _stand.UntilAsync(() => stock.Count(digest) == 2, "two lie ready");

        Assert.True(stock.TryTake(digest, out var lease));
        var shared = lease.Share();
        lease.Dispose();
        Assert.Equal(BrokerCodes.Denied, (await worker.ConnectAsync(shared, "elsewhere.example", 443, isTls: true, TimeSpan.FromSeconds(1), default)).Reply.Code);
        var (space, generation) = (shared.Space, shared.Generation);
        shared.Dispose();
        await _stand.UntilAsync(
            async () => (await worker.AskAsync(new BrokerRequest(0, BrokerProtocol.Connect) { Space = space, Generation = generation, Host = "elsewhere.example", Port = 443 }, default)).Reply.Code == BrokerCodes.Stale,
            "the last holder's end has released it");

        Assert.True(stock.TryTake(digest, out var kept));
        await _stand.SignalAsync("KILL");
        await _stand.UntilAsync(() => kept.IsLost, "the lease is lost");
        Assert.Equal(BrokerCodes.Away, (await stock.TakeNowAsync(digest, TimeSpan.FromSeconds(1), default)).Reply.Code);
        await _stand.RunAsync();
        await _stand.UntilAsync(() => stock.Count(digest) >= 2, "the stock is full again");
        Assert.True(stock.TryTake(digest, out var fresh));
        Assert.False(fresh.IsLost);
        Assert.True(kept.IsLost);
    }

    [BrokerFact]
    public async Task A_forgotten_profile_keeps_nothing_ready_and_what_was_taken_stays_until_it_is_released()
    {
        var port = _stand.Network.Serve(_stand.Network.Outside, NetworkStand.One, "here");
        var worker = await _stand.WorkerAsync();
        var profile = _stand.Profile($$"""[{"addresses":["{{NetworkStand.One}}"],"ports":[{{port}}]}]""");
        var (digest, taken) = await BrokerStand.TakeAsync(worker, profile);
        var other = await _stand.WorkerAsync();
        Assert.Null(await CodeAsync(other, profile));

        await worker.ForgetAsync(digest, default);
        await worker.ForgetAsync(digest, default);
        await worker.ForgetAsync("unknown", default);
        Assert.Equal(BrokerCodes.BadRequest, (await BrokerStand.AskTakeAsync(worker, digest)).Code);
        using (var socket = (await BrokerStand.ConnectAsync(worker, taken, NetworkStand.One, port)).Socket!)
        {
            Assert.Equal("here", await BrokerStand.HearAsync(socket));
        }

        // Another worker uses it still: something lies ready for it.
        var others = await BrokerStand.AskTakeAsync(other, digest);
        Assert.Null(others.Code);
        await BrokerStand.ReleaseAsync(other, others);
        await other.ForgetAsync(digest, default);
        await BrokerStand.ReleaseAsync(worker, taken);
        await _stand.UntilAsync(
            async () => !(await _stand.Network.IpAsync($"-n {_stand.Network.Machine} -br link")).Contains("vxb", StringComparison.Ordinal), "no namespace is left");

        Assert.Null((await BrokerStand.TakeAsync(worker, profile)).Taken.Code);
    }

    private static async Task<string?> CodeAsync(BrokerConnection worker, (string Digest, JsonElement Envelope) profile) =>
        (await worker.DeclareAsync(profile.Digest, profile.Envelope, default)).Code;

    private static BrokerReply Hear(SeqPacket socket)
    {
        var buffer = new byte[BrokerProtocol.MostBytes];
        var length = socket.Receive(buffer, out _, takesDescriptors: false);
        return JsonSerializer.Deserialize(buffer.AsSpan(0, length), BrokerJson.Default.BrokerReply)!;
    }
}
