using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Tests.Support;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Integration.Postgres;

/// <summary>Goal: a stream has one holder at a time, and somebody always gets to hold it. Method: many hosts against one real database; one database per test, since a claim takes whatever is free.</summary>
public sealed class LeaseTests : IAsyncLifetime
{
    private static readonly TimeSpan s_ttl = TimeSpan.FromMinutes(1);

    private TestDatabase _database = null!;

    private LeaseCommands Leases => new(_database.Worker);

    public async Task InitializeAsync() => _database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task Eight_hosts_that_claim_at_once_share_the_streams_without_overlap()
    {
        const int streams = 200;
        await _database.AdministerAsync($"insert into control.lease (tenant_id, stream_id, role) select 'clinic', gen_random_uuid(), 'mission' from generate_series(1, {streams})");
        var hosts = Enumerable.Range(0, 8).Select(static _ => new HostId(Guid.NewGuid())).ToList();
        var claims = await Task.WhenAll(hosts.Select(host => Task.Run(() => ClaimAllAsync(host))));
        var all = claims.SelectMany(static c => c).Select(static c => c.Stream).ToList();
        Assert.Equal(streams, all.Count);
        Assert.Equal(streams, all.Distinct().Count());
        Assert.All(claims.SelectMany(static c => c), static c => Assert.Equal((1L, 0L), (c.Epoch, c.PreviousEpoch)));
    }

    [Fact]
    public async Task A_held_stream_is_not_claimed_until_it_expires_or_is_released()
    {
        var stream = await NewStreamAsync();
        var (first, second) = (NewHost(), NewHost());
        var claim = Assert.Single(await Leases.ClaimAsync(first, 10, s_ttl, [], default));
        Assert.Empty(await Leases.ClaimAsync(second, 10, s_ttl, [], default));
        Assert.Equal(1, await Leases.ReleaseAsync(first, [Term(claim)], default));
        Assert.Single(await Leases.ClaimAsync(second, 10, TimeSpan.Zero, [], default));
        Assert.Equal(stream, Assert.Single(await Leases.ClaimLapsedAsync(first, 10, s_ttl, [], default)).Stream);
    }

    [Fact]
    public async Task A_stream_the_host_does_not_want_is_left_to_others()
    {
        var (unwanted, wanted) = (await NewStreamAsync(), await NewStreamAsync());
        StreamRef[] except = [new(TestBatch.Tenant, unwanted)];
        var (first, second) = (NewHost(), NewHost());
        Assert.Equal(wanted, Assert.Single(await Leases.ClaimAsync(first, 10, s_ttl, except, default)).Stream);
        Assert.Equal(unwanted, Assert.Single(await Leases.ClaimAsync(second, 10, TimeSpan.Zero, [], default)).Stream);
        Assert.Empty(await Leases.ClaimLapsedAsync(first, 10, s_ttl, except, default));
        Assert.Equal(unwanted, Assert.Single(await Leases.ClaimLapsedAsync(first, 10, s_ttl, [], default)).Stream);
    }

    [Fact]
    public async Task Renewal_names_its_term_and_tells_what_was_lost()
    {
        await NewStreamAsync();
        var (first, second) = (NewHost(), NewHost());
        var claim = Assert.Single(await Leases.ClaimAsync(first, 10, TimeSpan.Zero, [], default));
        Assert.Single(await Leases.RenewAsync(first, [Term(claim)], TimeSpan.Zero, default));
        Assert.Empty(await Leases.RenewAsync(first, [Term(claim) with { Epoch = 7 }], s_ttl, default));
        Assert.Single(await Leases.ClaimLapsedAsync(second, 10, s_ttl, [], default));
        Assert.Empty(await Leases.RenewAsync(first, [Term(claim)], s_ttl, default));
        Assert.Equal(0, await Leases.ReleaseAsync(first, [Term(claim)], default));
    }

    [Fact]
    public async Task The_epoch_of_a_claim_follows_the_head_and_leaves_no_hole()
    {
        var stream = await NewStreamAsync();
        var (first, silent, third) = (new TestBatch(), NewHost(), NewHost());
        await Leases.ClaimAsync(first.Host, 10, TimeSpan.Zero, [], default);
        await using (var journal = new PostgresJournal(_database.Worker))
        {
            await journal.CommitAsync(first.Of(first.Stream(stream, 3, epoch: 1, previousEpoch: 0)), default);
        }

        // Claims and dies before it wrote a word.
        Assert.Equal(2, Assert.Single(await Leases.ClaimLapsedAsync(silent, 10, TimeSpan.Zero, [], default)).Epoch);
        Assert.Equal(2, Assert.Single(await Leases.ClaimLapsedAsync(third, 10, s_ttl, [], default)).Epoch);
    }

    [Fact]
    public async Task A_finished_stream_is_claimed_again_only_for_a_pending_intent()
    {
        var stream = await NewStreamAsync();
        await _database.AdministerAsync("update control.lease set finished = true");
        Assert.Empty(await Leases.ClaimLapsedAsync(NewHost(), 10, s_ttl, [], default));
        await TestBatch.EnterIntentAsync(_database, stream);
        var host = NewHost();
        Assert.Empty(await Leases.ClaimAsync(host, 10, s_ttl, [], default));
        Assert.Equal(stream, Assert.Single(await Leases.ClaimLapsedAsync(host, 10, s_ttl, [], default)).Stream);
        Assert.Equal([new StreamRef(TestBatch.Tenant, stream)], await new InboxQueries(_database.Worker).StreamsWithPendingAsync(host, default));
    }

    [Fact]
    public async Task System_streams_are_claimed_first()
    {
        await NewStreamAsync();
        var system = StreamId.System(TestBatch.Tenant);
        await Leases.EnsureAsync(TestBatch.Tenant, system, "system", default);
        Assert.Equal(system, Assert.Single(await Leases.ClaimAsync(NewHost(), 1, s_ttl, [], default)).Stream);
    }

    [Fact]
    public async Task Pending_intents_come_in_order_and_page_by_position()
    {
        var stream = await NewStreamAsync();
        var ids = new List<Guid>();
        for (var i = 0; i < 5; i++)
        {
            ids.Add(await TestBatch.EnterIntentAsync(_database, stream, [(byte)i]));
        }

        var inbox = new InboxQueries(_database.Worker);
        var first = await inbox.PendingAsync(TestBatch.Tenant, stream, 0, 3, default);
        var second = await inbox.PendingAsync(TestBatch.Tenant, stream, first[^1].Position, 3, default);
        Assert.Equal(ids, first.Concat(second).Select(static p => p.Intent.Id));
        Assert.Equal([4], second[^1].Intent.Payload);
        Assert.Equal(5L, await _database.ScalarAsync<long>("voxeltron_auditor", "select count(*) from audit.inbox_pending where not has_owner"));
    }

    private async Task<List<ClaimedLease>> ClaimAllAsync(HostId host)
    {
        var claimed = new List<ClaimedLease>();
        IReadOnlyList<ClaimedLease> part;
        do
        {
            part = await Leases.ClaimAsync(host, 7, s_ttl, [], default);
            claimed.AddRange(part);
        }
        while (part.Count > 0 || await _database.ScalarAsync<long>("voxeltron_worker", "select count(*) from control.lease where host_id is null") > 0);

        return claimed;
    }

    private async Task<StreamId> NewStreamAsync()
    {
        var stream = TestBatch.NewStream();
        await Leases.EnsureAsync(TestBatch.Tenant, stream, "mission", default);
        return stream;
    }

    private static LeaseTerm Term(ClaimedLease claim) => new(claim.Tenant, claim.Stream, claim.Epoch);

    private static HostId NewHost() => new(Guid.NewGuid());
}
