using Microsoft.Extensions.Logging.Abstractions;
using Voxeltron.CellWorker;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Tests.Integration.Api;
using Voxeltron.Tests.Support;
using Voxeltron.Ultra;
using Xunit;
using StreamWriter = Voxeltron.CellWorker.StreamWriter;

namespace Voxeltron.Tests.Integration.Worker;

/// <summary>Goal: a stream that faults again and again does not make its log grow at the pace of its lease. Method: the table under a clock of the test's; a real owner whose handler throws.</summary>
public sealed class StreamBackoffTests
{
    private static readonly TenantId s_tenant = new("demo");
    private readonly ManualClock _clock = new();
    private readonly StreamBackoff _backoff;

    public StreamBackoffTests() => _backoff = new StreamBackoff(_clock);

    [Fact]
    public void Each_fault_in_a_row_doubles_the_pause_up_to_the_longest()
    {
        var stream = NewStream();
        var pauses = new List<double>();
        for (var i = 0; i < 12; i++)
        {
            pauses.Add(_backoff.Fault(stream).Delay.TotalSeconds);
            Assert.Equal([stream], _backoff.Waiting());
            _clock.Advance(TimeSpan.FromSeconds(pauses[^1]));
            Assert.Empty(_backoff.Waiting());
        }

        Assert.Equal([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300], pauses);
    }

    [Fact]
    public void A_stream_that_worked_for_long_or_ended_well_starts_anew()
    {
        var stream = NewStream();
        _backoff.Fault(stream);
        _backoff.Fault(stream);
        _clock.Advance(StreamBackoff.Longest * 2);
        Assert.Equal(1, _backoff.Fault(stream).Faults);
        Assert.Equal(2, _backoff.Fault(stream).Faults);
        _backoff.Forget(stream);
        Assert.Empty(_backoff.Waiting());
        Assert.Equal(1, _backoff.Fault(stream).Faults);
    }

    [Fact]
    public void No_more_streams_are_remembered_than_the_capacity()
    {
        var worst = NewStream();
        for (var i = 0; i < 5; i++)
        {
            _backoff.Fault(worst);
        }

        for (var i = 0; i < StreamBackoff.Capacity + 10; i++)
        {
            _backoff.Fault(NewStream());
        }

        Assert.Equal(StreamBackoff.Capacity, _backoff.Waiting().Count);
        Assert.Contains(worst, _backoff.Waiting());
    }

    [Fact]
    public async Task An_owner_whose_handler_throws_is_said_by_name_given_back_and_left_alone()
    {
        var (stream, log) = await RunOneAsync(new Bare(throws: true), static _ => { });
        Assert.Contains(log.Lines, line => line.Contains(stream.ToString(), StringComparison.Ordinal) && line.Contains("1 times in a row", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stream_the_journal_refused_is_given_back_and_left_alone_too() =>
        await RunOneAsync(new Bare(throws: false), static owner => owner.Drop("refused_by_journal"));

    /// <summary>Claims one stream, runs its owner to the end, and demands that the lease is free and this host keeps away from it.</summary>
    private async Task<(StreamRef, HeardLog<OwnerTable>)> RunOneAsync(IStreamHandler handler, Action<StreamOwner> before)
    {
        await using var database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        var leases = new LeaseCommands(database.Worker);
        await using var notifier = new Notifier(database.Worker, Channels.Inbox, NullLogger.Instance);
        var stream = NewStream();
        var log = new HeardLog<OwnerTable>();
        using var metrics = new WorkerMetrics();
        var host = new HostId(Guid.NewGuid());
        using var signer = new Ed25519Signer(new byte[Ed25519.SeedBytes]);
        StreamOwner? ended = null;
        var committer = new Committer(
            host, signer, new EmptyJournal(), static _ => { }, metrics, new Timeline(enabled: false), TimeProvider.System, NullLogger<Committer>.Instance);
        var owners = new OwnerTable(
            lease =>
            {
                var owner = new StreamOwner(lease, host, signer.KeyId, handler, new EmptyJournal(), committer, null!, TimeProvider.System, NullLogger.Instance);
                Assert.True(owner.Offer(Unsigned(owner.Term)));
                Assert.Equal(1, committer.Turns);
                before(owner);
                ended = owner;
                return owner;
            },
            leases, notifier, host, _backoff, metrics, log);
        await leases.EnsureAsync(stream.Tenant, stream.Stream, "mission", default);
        Assert.True(owners.Start(Assert.Single(await leases.ClaimAsync(host, 10, [], default)), CancellationToken.None));
        await owners.WhenAllEnded();

        Assert.Equal(0, owners.Count);
        // Nothing is to be expected of it any more, whatever it is offered.
        Assert.Equal(0, committer.Turns);
        ended!.Offer(Unsigned(ended.Term));
        Assert.Equal(0, committer.Turns);
        Assert.Equal([stream], _backoff.Waiting());
        Assert.Empty(await leases.HeldAsync(host, default));
        Assert.Empty(await leases.ClaimAsync(host, 10, _backoff.Waiting(), default));
        return (stream, log);
    }

    [Fact]
    public async Task An_owner_with_nothing_to_do_is_in_no_turn()
    {
        using var metrics = new WorkerMetrics();
        using var signer = new Ed25519Signer(new byte[Ed25519.SeedBytes]);
        using var check = new IntentCheck(new byte[Ed25519.PublicKeyBytes], new EmptyJournal(), TimeProvider.System, NullLogger<IntentCheck>.Instance);
        using var stop = new CancellationTokenSource();
        var (stream, host) = (NewStream(), new HostId(Guid.NewGuid()));
        var committer = new Committer(
            host, signer, new EmptyJournal(), static _ => { }, metrics, new Timeline(enabled: false), TimeProvider.System, NullLogger<Committer>.Instance);
        var owner = new StreamOwner(
            new ClaimedLease(stream.Tenant, stream.Stream, "mission", 1), host, signer.KeyId, new Bare(throws: false), new EmptyJournal(), committer, check, TimeProvider.System, NullLogger.Instance);
        Assert.True(owner.Offer(Unsigned(owner.Term)));
        Assert.Equal(1, committer.Turns);
        var running = owner.RunAsync(stop.Token);
        await Eventually.TrueAsync("the end of the turn", () => Task.FromResult(committer.Turns == 0));
        Assert.False(running.IsCompleted);
        owner.Drop("test");
        await running;
    }

    private static ArrivedIntent Unsigned(LeaseTerm term) => new(
        new Intent(Guid.NewGuid(), term.Tenant, term.Stream, EntryKinds.InputClosed, "api/x", "{}", null, null, new KeyId(new string('0', 32)), new byte[64]), 0);

    private static StreamRef NewStream() => new(s_tenant, StreamId.Of(new MissionId(Guid.NewGuid())));

    private sealed class Bare(bool throws) : IStreamHandler
    {
        public bool Finished => false;

        public void Recover(Entry entry)
        {
        }

        public Task BeginAsync(StreamWriter writer, CancellationToken cancel) =>
            throws ? throw new InvalidOperationException("A bug in this mission.") : Task.CompletedTask;

        public Task AcceptAsync(StreamWriter writer, ArrivedIntent intent, CancellationToken cancel) => Task.CompletedTask;

        public Task<TimeSpan?> StepAsync(StreamWriter writer, CancellationToken cancel) => Task.FromResult<TimeSpan?>(null);

        public StreamProjection DrainProjection() => StreamProjection.Empty;

        public byte[]? NewSecret() => null;
    }
}
