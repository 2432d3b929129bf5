using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Voxeltron.Broker.Interop;
using Voxeltron.CellWorker;
using Voxeltron.Kernel;
using Voxeltron.Tests.Support;
using Xunit;

namespace Voxeltron.Tests.Unit.Worker;

/// <summary>Goal: the worker's end of the broker's socket stands answers in any order, a broker that dies, and one that answers too late. Method: this test is the broker, at the other end of a real socket pair.</summary>
public sealed class BrokerConnectionTests : IAsyncDisposable
{
    private readonly BlockingCollection<SeqPacket> _ends = new();
    private readonly BrokerConnection _connection;

    public BrokerConnectionTests()
    {
        _connection = new BrokerConnection(() =>
        {
            var (ours, theirs) = SeqPacket.Pair();
            _ends.Add(theirs);
            return ours;
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        _ends.Dispose();
    }

    [Fact]
    public async Task Answers_come_to_who_asked_in_whatever_order()
    {
        using var broker = Greeted();
        var first = _connection.AskAsync(new BrokerRequest(0, BrokerProtocol.Take) { Digest = "one" }, default);
        var one = Hear(broker);
        var second = _connection.AskAsync(new BrokerRequest(0, BrokerProtocol.Take) { Digest = "two" }, default);
        var two = Hear(broker);

        Say(broker, new BrokerReply(two.Id) { Space = 2 });
        Say(broker, new BrokerReply(one.Id) { Space = 1 });

        Assert.Equal(("one", "two"), (one.Digest, two.Digest));
        Assert.Equal((1, 2), ((await first).Reply.Space, (await second).Reply.Space));
    }

    [Fact]
    public async Task A_descriptor_arrives_with_its_answer_and_works()
    {
        using var broker = Greeted();
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        using var client = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        await client.ConnectAsync(listener.LocalEndpoint);
        using var server = await listener.AcceptSocketAsync();

        var asked = _connection.AskAsync(new BrokerRequest(0, BrokerProtocol.Connect), default);
        broker.Send(JsonSerializer.SerializeToUtf8Bytes(new BrokerReply(Hear(broker).Id) { Address = "a" }, BrokerJson.Default.BrokerReply), client.SafeHandle);
        using var given = (await asked).Socket!;
        client.Dispose();
        await server.SendAsync("hello"u8.ToArray());
        var buffer = new byte[16];

        Assert.Equal("hello", Encoding.UTF8.GetString(buffer, 0, await given.ReceiveAsync(buffer)));
        Assert.Contains("cloexec", CloseOnExec((int)given.Handle), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broker_that_dies_is_away_for_all_and_is_told_of_the_profiles_again()
    {
        var broker = Greeted();
        using var envelope = JsonDocument.Parse("{\"payload\":\"\"}");
        var declared = _connection.DeclareAsync("d", envelope.RootElement, default);
        Say(broker, new BrokerReply(Hear(broker).Id) { Digest = "d" });
        Assert.Null((await declared).Code);
        var first = _connection.AskAsync(new BrokerRequest(0, BrokerProtocol.Take), default);
        var second = _connection.AskAsync(new BrokerRequest(0, BrokerProtocol.Take), default);

        broker.Dispose();

        Assert.Equal((BrokerCodes.Away, BrokerCodes.Away), ((await first).Reply.Code, (await second).Reply.Code));
        using var next = _ends.Take();
        Say(next, new BrokerReply(Hear(next).Id));
        var again = Hear(next);
        Assert.Equal(BrokerProtocol.Profile, again.Op);
        // Nobody asks before that is answered.
        Assert.Equal(BrokerCodes.Away, (await _connection.AskAsync(new BrokerRequest(0, BrokerProtocol.Take), default)).Reply.Code);
        Say(next, new BrokerReply(again.Id) { Digest = "d" });
        Assert.True(SpinWait.SpinUntil(() => _connection.Epoch == 2, TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task What_comes_for_somebody_who_has_gone_is_given_back()
    {
        using var broker = Greeted();
        using var cancel = new CancellationTokenSource();
        var asked = _connection.AskAsync(new BrokerRequest(0, BrokerProtocol.Take) { Digest = "d" }, cancel.Token);
        var take = Hear(broker);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);

        Say(broker, new BrokerReply(take.Id) { Space = 7, Generation = 70 });

        var release = Hear(broker);
        Assert.Equal((BrokerProtocol.Release, 7, 70L), (release.Op, release.Space, release.Generation));
    }

    [Fact]
    public async Task What_comes_with_the_cancellation_is_taken_or_given_back_and_nothing_between()
    {
        const int tries = 8_000;
        using var broker = Greeted();
        var spread = new Random(11);
        var (taken, back) = (0, 0);
        for (var space = 1; space <= tries; space++)
        {
            using var cancel = new CancellationTokenSource();
            var asked = _connection.AskAsync(new BrokerRequest(0, BrokerProtocol.Take) { Digest = "d" }, cancel.Token);
            Say(broker, new BrokerReply(Hear(broker).Id) { Space = space, Generation = space });
            // It is on its way to the asker, and the asker leaves: before, while and after it is handed over.
            Thread.SpinWait(spread.Next(1, 1_000));
            cancel.Cancel();
            try
            {
                Assert.Equal(space, (await asked).Reply.Space);
                taken++;
                continue;
            }
            catch (OperationCanceledException)
            {
                back++;
            }

            // An answer that was handed over after it: what there was to give back has been sent by then, and stands before the next question.
            var asking = _connection.AskAsync(new BrokerRequest(0, BrokerProtocol.Profile), default);
            var heard = Hear(broker);
            if (heard.Op == BrokerProtocol.Profile)
            {
                Say(broker, new BrokerReply(heard.Id));
                await asking;
                asking = _connection.AskAsync(new BrokerRequest(0, BrokerProtocol.Profile), default);
                heard = Hear(broker);
            }

            Assert.Equal((BrokerProtocol.Release, space), (heard.Op, heard.Space));
            Say(broker, new BrokerReply(heard.Id));
            Say(broker, new BrokerReply(Hear(broker).Id));
            await asking;
        }

        Assert.True(taken > 0 && back > 0, $"{taken} were taken and {back} given back: that tries nothing");
    }

    [Fact]
    public async Task A_stock_fills_itself_gives_without_asking_and_releases_after_the_last_holder()
    {
        using var broker = Greeted();
        await using var stock = new SpaceStock(_connection, new SpaceStockOptions(Target: 2, Most: 4));
        stock.Prepare("d");
        for (var space = 1; space <= 2; space++)
        {
            Say(broker, new BrokerReply(Hear(broker).Id) { Space = space, Generation = space, Hit = true });
        }

        Assert.True(SpinWait.SpinUntil(() => stock.Count("d") == 2, TimeSpan.FromSeconds(10)));
        Assert.True(stock.TryTake("d", out var lease));
        Assert.Equal(1, lease.Space);
        // The one that was taken is asked for again; the broker has none.
        Say(broker, new BrokerReply(Hear(broker).Id, BrokerCodes.NoSpace, "none"));

        lease.Share();
        lease.Use();
        lease.Dispose();
        lease.Dispose();

        var release = Hear(broker);
        Assert.Equal((BrokerProtocol.Release, 1), (release.Op, release.Space));
        Assert.Throws<ObjectDisposedException>(lease.Share);
        Assert.False(lease.IsLost);
        broker.Dispose();
        Assert.True(SpinWait.SpinUntil(() => lease.IsLost, TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task What_was_never_used_lies_ready_again_and_goes_back_when_nobody_wants_it()
    {
        using var broker = Greeted();
        await using var stock = new SpaceStock(_connection, new SpaceStockOptions(Target: 1, Most: 4));
        stock.Prepare("d");
        Say(broker, new BrokerReply(Hear(broker).Id) { Space = 1, Generation = 1, Hit = true });
        Assert.True(SpinWait.SpinUntil(() => stock.Count("d") == 1, TimeSpan.FromSeconds(10)));
        Assert.True(stock.TryTake("d", out var lease));
        Say(broker, new BrokerReply(Hear(broker).Id, BrokerCodes.NoSpace, "none"));
        lease.Dispose();
        Assert.Equal(1, stock.Count("d"));
        Assert.True(stock.TryTake("d", out var again));
        Assert.Equal((1, 1L, false), (again.Space, again.Generation, again.WasUsed));
        again.Dispose();
        stock.GiveWay("another");
        var release = Hear(broker);
        Assert.Equal((BrokerProtocol.Release, 1), (release.Op, release.Space));
    }

    [Fact]
    public async Task Who_asks_gets_the_first_that_comes_and_what_it_asked_for_itself_lies_here_then()
    {
        using var broker = Greeted();
        await using var stock = new SpaceStock(_connection, new SpaceStockOptions(Target: 2, Most: 4));
        stock.Prepare("d");
        List<BrokerRequest> prepared = [Hear(broker), Hear(broker)];
        // They are on their way, and being made one after the other.
        var asked = stock.TakeNowAsync("d", TimeSpan.FromSeconds(30), default);
        var own = Hear(broker);

        Say(broker, new BrokerReply(prepared[0].Id) { Space = 1, Generation = 1 });
        var taken = await asked.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal((1, false), (taken.Lease!.Space, taken.IsHit));

        Say(broker, new BrokerReply(prepared[1].Id) { Space = 2, Generation = 2 });
        Say(broker, new BrokerReply(own.Id) { Space = 3, Generation = 3 });
        Assert.True(SpinWait.SpinUntil(() => stock.Count("d") == 2, TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task Profiles_that_came_first_leave_room_for_the_next()
    {
        using var broker = Greeted();
        await using var stock = new SpaceStock(_connection, new SpaceStockOptions(Target: 64, Most: 64));
        var released = new ConcurrentQueue<int>();
        var space = 0;
        var thread = new Thread(() =>
        {
            try
            {
                while (true)
                {
                    var request = Hear(broker);
                    if (request.Op == BrokerProtocol.Release)
                    {
                        released.Enqueue(request.Space!.Value);
                    }

                    Say(broker, request.Op == BrokerProtocol.Take ? new BrokerReply(request.Id) { Space = ++space, Generation = space, Hit = true } : new BrokerReply(request.Id));
                }
            }
            catch (Exception ended) when (ended is IOException or JsonException or ObjectDisposedException)
            {
                // The test has ended.
            }
        }) { IsBackground = true };
        thread.Start();
        stock.Prepare("first");
        Assert.True(SpinWait.SpinUntil(() => stock.Count("first") == 64, TimeSpan.FromSeconds(10)));

        // All that may lie here lies on one shelf.
        stock.Prepare("second");

        Assert.True(SpinWait.SpinUntil(() => (stock.Count("first"), stock.Count("second")) == (32, 32), TimeSpan.FromSeconds(10)), $"{stock.Count("first")}, {stock.Count("second")}");
        Assert.True(SpinWait.SpinUntil(() => released.Count == 32, TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task A_profile_nobody_uses_is_forgotten_once_nobody_has_a_namespace_of_it()
    {
        using var broker = Greeted();
        var clock = new StoodClock();
        var options = new SpaceStockOptions(Target: 1, Most: 4);
        await using var stock = new SpaceStock(_connection, options, clock);
        var forgotten = new List<string>();
        stock.Forgotten += forgotten.Add;
        var asked = _connection.DeclareAsync("d", JsonDocument.Parse("{}").RootElement, default);
        Say(broker, new BrokerReply(Hear(broker).Id) { Digest = "d" });
        Assert.Null((await asked).Code);
        stock.Prepare("d");
        Say(broker, new BrokerReply(Hear(broker).Id) { Space = 1, Generation = 1, Hit = true });
        Assert.True(SpinWait.SpinUntil(() => stock.Count("d") == 1, TimeSpan.FromSeconds(10)));
        Assert.True(stock.TryTake("d", out var lease));
        Say(broker, new BrokerReply(Hear(broker).Id) { Space = 2, Generation = 2, Hit = true });
        Assert.True(SpinWait.SpinUntil(() => stock.Count("d") == 1, TimeSpan.FromSeconds(10)));

        clock.Advance(options.ForgetAfter * 2);
        // What lies here goes back; somebody still has the other one.
        var release = Hear(broker);
        Assert.Equal((BrokerProtocol.Release, 2), (release.Op, release.Space));
        Say(broker, new BrokerReply(release.Id));
        lease.Use();
        lease.Dispose();

        // The two may cross.
        var said = new Dictionary<string, BrokerRequest>();
        for (var i = 0; i < 2; i++)
        {
            var one = Hear(broker);
            said.Add(one.Op, one);
            Say(broker, new BrokerReply(one.Id));
        }

        Assert.Equal((1, "d"), (said[BrokerProtocol.Release].Space, said[BrokerProtocol.Forget].Digest));
        Assert.Equal(["d"], forgotten);

        // Nor is the next broker told of it.
        broker.Dispose();
        using var next = Greeted();
        var take = stock.TakeNowAsync("e", TimeSpan.FromSeconds(10), default);
        var first = Hear(next);
        Assert.Equal((BrokerProtocol.Take, "e"), (first.Op, first.Digest));
        Say(next, new BrokerReply(first.Id, BrokerCodes.NoSpace, "none"));
        await take;
    }

    private static string CloseOnExec(int descriptor)
    {
        // O_CLOEXEC, octal 02000000, in what the kernel says of the descriptor.
        var flags = File.ReadLines($"/proc/self/fdinfo/{descriptor}").First(static line => line.StartsWith("flags", StringComparison.Ordinal));
        return (Convert.ToInt32(flags.Split('\t')[1], 8) & 0x80000) != 0 ? "cloexec" : flags;
    }

    private static void Say(SeqPacket broker, BrokerReply reply) => broker.Send(JsonSerializer.SerializeToUtf8Bytes(reply, BrokerJson.Default.BrokerReply));

    private static BrokerRequest Hear(SeqPacket broker)
    {
        var buffer = new byte[BrokerProtocol.MostBytes];
        return JsonSerializer.Deserialize(buffer.AsSpan(0, broker.Receive(buffer, out _, takesDescriptors: false)), BrokerJson.Default.BrokerRequest)!;
    }

    private SeqPacket Greeted()
    {
        var broker = _ends.Take();
        var hello = Hear(broker);
        Assert.Equal((BrokerProtocol.Hello, (int?)BrokerProtocol.Version), (hello.Op, hello.Version));
        Say(broker, new BrokerReply(hello.Id));
        Assert.True(SpinWait.SpinUntil(() => _connection.Epoch != 0, TimeSpan.FromSeconds(10)));
        return broker;
    }
}
