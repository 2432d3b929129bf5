using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Tests.Support;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Integration.Postgres;

/// <summary>Goal: a stream has one holder at a time, and somebody always gets to hold it. Method: many hosts against one real database; one database per test, since a claim takes whatever is free.</summary>
public sealed class LeaseTests : IAsyncLifetime
{
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
    public async Task A_held_stream_is_not_claimed_until_it_is_released_or_its_host_is_gone()
    {
        var stream = await NewStreamAsync();
        var (first, second) = (NewHost(), NewHost());
        var claim = Assert.Single(await Leases.ClaimAsync(first, 10, [], default));
        Assert.Empty(await Leases.ClaimAsync(second, 10, [], default));
        Assert.Equal(1, await Leases.ReleaseAsync(first, [Term(claim)], default));
        Assert.Single(await Leases.ClaimAsync(second, 10, [], default));
        Assert.Empty(await Leases.ClaimLeftAsync(first, 10, [], default));
        await EndAsync(second);
        Assert.Equal(stream, Assert.Single(await Leases.ClaimLeftAsync(first, 10, [], default)).Stream);
    }

    [Fact]
    public async Task A_host_that_was_declared_dead_claims_nothing_though_it_may_not_have_heard_of_it()
    {
        var (stream, dead) = (await NewStreamAsync(), NewHost());
        await EndAsync(dead);
        Assert.Empty(await Leases.ClaimAsync(dead, 10, [], default));
        Assert.Null(await Leases.ClaimOneAsync(dead, TestBatch.Tenant, stream, default));
        var other = NewHost();
        Assert.Single(await Leases.ClaimAsync(other, 10, [], default));
        await EndAsync(other);
        Assert.Empty(await Leases.ClaimLeftAsync(dead, 10, [], default));
        Assert.Single(await Leases.ClaimLeftAsync(NewHost(), 10, [], default));
    }

    [Fact]
    public async Task A_stream_the_host_does_not_want_is_left_to_others()
    {
        var (unwanted, wanted) = (await NewStreamAsync(), await NewStreamAsync());
        StreamRef[] except = [new(TestBatch.Tenant, unwanted)];
        var (first, second) = (NewHost(), NewHost());
        Assert.Equal(wanted, Assert.Single(await Leases.ClaimAsync(first, 10, except, default)).Stream);
        Assert.Equal(unwanted, Assert.Single(await Leases.ClaimAsync(second, 10, [], default)).Stream);
        await EndAsync(second);
        Assert.Empty(await Leases.ClaimLeftAsync(first, 10, except, default));
        Assert.Equal(unwanted, Assert.Single(await Leases.ClaimLeftAsync(first, 10, [], default)).Stream);
    }

    [Fact]
    public async Task A_host_asks_what_it_holds_and_gives_back_only_the_term_it_names()
    {
        await NewStreamAsync();
        var (first, second) = (NewHost(), NewHost());
        var claim = Assert.Single(await Leases.ClaimAsync(first, 10, [], default));
        Assert.Equal([Term(claim)], await Leases.HeldAsync(first, default));
        Assert.Empty(await Leases.HeldAsync(second, default));
        Assert.Equal(0, await Leases.ReleaseAsync(first, [Term(claim) with { Epoch = 7 }], default));
        Assert.Equal(0, await Leases.ReleaseAsync(second, [Term(claim)], default));
        Assert.Equal(1, await Leases.ReleaseAsync(first, [Term(claim)], default));
        Assert.Empty(await Leases.HeldAsync(first, default));
    }

    [Fact]
    public async Task A_finished_lease_is_claimed_by_nobody_and_only_its_holder_finishes_it()
    {
        await NewStreamAsync();
        var (first, second) = (NewHost(), NewHost());
        var term = Term(Assert.Single(await Leases.ClaimAsync(first, 10, [], default)));
        Assert.Equal(0, await Leases.FinishAsync(second, term, default));
        Assert.Equal(0, await Leases.FinishAsync(first, term with { Epoch = 7 }, default));
        Assert.Equal(1, await Leases.FinishAsync(first, term, default));
        Assert.Empty(await Leases.HeldAsync(first, default));
        Assert.Empty(await Leases.ClaimAsync(second, 10, [], default));
        Assert.Empty(await Leases.ClaimLeftAsync(second, 10, [], default));
    }

    [Fact]
    public async Task The_epoch_of_a_claim_follows_the_head_and_leaves_no_hole()
    {
        var stream = await NewStreamAsync();
        var (first, silent, third) = (new TestBatch(), NewHost(), NewHost());
        await Leases.ClaimAsync(first.Host, 10, [], default);
        await using (var journal = new PostgresJournal(_database.Worker))
        {
            await journal.CommitAsync(first.Of(first.Stream(stream, 3, epoch: 1, previousEpoch: 0)), default);
        }

        await EndAsync(first.Host);
        // Claims and dies before it wrote a word.
        Assert.Equal(2, Assert.Single(await Leases.ClaimLeftAsync(silent, 10, [], default)).Epoch);
        await EndAsync(silent);
        Assert.Equal(2, Assert.Single(await Leases.ClaimLeftAsync(third, 10, [], default)).Epoch);
    }

    [Fact]
    public async Task A_finished_stream_is_claimed_again_only_for_a_pending_intent()
    {
        var stream = await NewStreamAsync();
        await _database.AdministerAsync("update control.lease set finished = true");
        Assert.Empty(await Leases.ClaimLeftAsync(NewHost(), 10, [], default));
        await TestBatch.EnterIntentAsync(_database, stream);
        var host = NewHost();
        Assert.Empty(await Leases.ClaimAsync(host, 10, [], default));
        Assert.Equal(stream, Assert.Single(await Leases.ClaimLeftAsync(host, 10, [], default)).Stream);
        Assert.Equal([new StreamRef(TestBatch.Tenant, stream)], await new InboxQueries(_database.Worker).StreamsWithPendingAsync(host, default));
    }

    [Fact]
    public async Task System_streams_are_claimed_first()
    {
        await NewStreamAsync();
        var system = StreamId.System(TestBatch.Tenant);
        await Leases.EnsureAsync(TestBatch.Tenant, system, "system", default);
        Assert.Equal(system, Assert.Single(await Leases.ClaimAsync(NewHost(), 1, [], default)).Stream);
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
            part = await Leases.ClaimAsync(host, 7, [], default);
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

    /// <summary>The host is known and has ended without giving back what it held.</summary>
    private async Task EndAsync(HostId host)
    {
        var hosts = new HostCommands(_database.Worker);
        await hosts.RegisterAsync(new HostRegistration(host, "box", 1, new KeyId(new string('a', 32)), 1000, null), default);
        await hosts.StopAsync(host, default);
    }

    private static LeaseTerm Term(ClaimedLease claim) => new(claim.Tenant, claim.Stream, claim.Epoch);

    private static HostId NewHost() => new(Guid.NewGuid());
}
