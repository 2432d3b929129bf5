using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Tests.Support;
using Xunit;

namespace Voxeltron.Tests.Integration.Postgres;

/// <summary>Goal: a dead host is found by its missing locks or old renewal, a living one never. Method: real sessions that hold or drop the real lock; renewal times set back instead of waiting.</summary>
public sealed class HostTests : IAsyncLifetime
{
    private static readonly HostId s_other = new(Guid.NewGuid());
    private static readonly TimeSpan s_ttl = TimeSpan.FromSeconds(5);
    private readonly HostId _host = new(Guid.NewGuid());
    private TestDatabase _database = null!;

    private HostCommands Hosts => new(_database.Worker);

    public async Task InitializeAsync()
    {
        _database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        await Hosts.RegisterAsync(new HostRegistration(_host, "box", 1, new KeyId(new string('a', 32)), 1000, null), default);
        var leases = new LeaseCommands(_database.Worker);
        await leases.EnsureAsync(TestBatch.Tenant, TestBatch.NewStream(), "mission", default);
        Assert.Single(await leases.ClaimAsync(_host, 10, [], default));
    }

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task A_host_whose_sessions_ended_is_dead_and_its_streams_are_free()
    {
        await using var detector = new DeadHostDetector(_database.Worker, TimeProvider.System);
        await using (var presence = new HostPresence(_database.Worker, _host))
        {
            Assert.True(await presence.EnsureAsync(default));
            Assert.Empty(await detector.DetectAsync(s_other, s_ttl, default));
        }

        await WaitForLocksToGoAsync();
        Assert.Equal([_host], await detector.DetectAsync(s_other, s_ttl, default));
        Assert.Empty(await detector.DetectAsync(s_other, s_ttl, default));
        Assert.Equal(["dead|True"], await _database.RowsAsync("postgres", "select state, time_stopped is not null from control.host"));
        Assert.Single(await new LeaseCommands(_database.Worker).ClaimAsync(new HostId(Guid.NewGuid()), 10, [], default));
    }

    [Fact]
    public async Task However_many_look_at_once_one_of_them_finds_it()
    {
        // No presence: neither lock is held, as after a kill.
        await using var first = new DeadHostDetector(_database.Worker, TimeProvider.System);
        await using var second = new DeadHostDetector(_database.Worker, TimeProvider.System);
        await using var third = new DeadHostDetector(_database.Worker, TimeProvider.System);
        await using var fourth = new DeadHostDetector(_database.Worker, TimeProvider.System);
        DeadHostDetector[] all = [first, second, third, fourth];
        var found = await Task.WhenAll(all.Select(static detector => Task.Run(() => detector.DetectAsync(s_other, s_ttl, default))));
        Assert.Equal([_host], found.SelectMany(static hosts => hosts));
        Assert.Equal(["dead"], await _database.RowsAsync("postgres", "select state from control.host"));
    }

    [Fact]
    public async Task A_host_that_does_not_renew_for_the_ttl_is_dead_whatever_its_session_says()
    {
        await using var detector = new DeadHostDetector(_database.Worker, TimeProvider.System);
        await using var presence = new HostPresence(_database.Worker, _host);
        Assert.True(await presence.EnsureAsync(default));
        await AgeRenewalAsync();
        Assert.Empty(await detector.DetectAsync(s_other, s_ttl, default));
        // It was frozen; its own detector, the first thing to run again, does not end it.
        Assert.Empty(await detector.DetectAsync(_host, TimeSpan.FromSeconds(1), default));
        Assert.Equal([_host], await detector.DetectAsync(s_other, TimeSpan.FromSeconds(1), default));
        Assert.Single(await new LeaseCommands(_database.Worker).ClaimAsync(s_other, 10, [], default));
    }

    [Fact]
    public async Task A_host_that_lost_one_of_its_two_sessions_is_not_dead_and_takes_it_again()
    {
        await using var detector = new DeadHostDetector(_database.Worker, TimeProvider.System);
        await using var presence = new HostPresence(_database.Worker, _host);
        Assert.True(await presence.EnsureAsync(default));
        foreach (var lost in new[] { HostPresence.LockClass, HostPresence.SecondLockClass })
        {
            await _database.AdministerAsync($"select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and classid = {lost}");
            await WaitForLockToGoAsync(lost);
            Assert.Empty(await detector.DetectAsync(s_other, s_ttl, default));
            Assert.True(await presence.EnsureAsync(default));
            Assert.Equal(2L, await LocksAsync());
        }
    }

    [Fact]
    public async Task A_host_declared_dead_learns_it_at_its_next_renewal()
    {
        await using var detector = new DeadHostDetector(_database.Worker, TimeProvider.System);
        await AgeRenewalAsync();
        Assert.Equal([_host], await detector.DetectAsync(s_other, s_ttl, default));
        Assert.False(await Hosts.RenewAsync(_host, "live", new HostBudgets(0, 0, 0, 0, 0, 0, 0, null), default));
    }

    [Fact]
    public async Task Presence_is_taken_again_after_its_session_was_lost_and_refused_to_a_second_holder()
    {
        await using var presence = new HostPresence(_database.Worker, _host);
        Assert.True(await presence.EnsureAsync(default));
        await using (var impostor = new HostPresence(_database.Worker, _host))
        {
            Assert.False(await impostor.EnsureAsync(default));
        }

        await EndSessionsAsync();
        await WaitForLocksToGoAsync();
        Assert.True(await presence.EnsureAsync(default));
        Assert.Equal(2L, await LocksAsync());
    }

    [Fact]
    public async Task A_detector_that_lost_its_own_session_declares_nobody_dead_during_the_grace()
    {
        await using var detector = new DeadHostDetector(_database.Worker, TimeProvider.System);
        await using var presence = new HostPresence(_database.Worker, _host);
        Assert.True(await presence.EnsureAsync(default));
        Assert.Empty(await detector.DetectAsync(s_other, s_ttl, default));
        await EndSessionsAsync();
        await WaitForLocksToGoAsync();
        await Assert.ThrowsAnyAsync<Npgsql.NpgsqlException>(() => detector.DetectAsync(s_other, s_ttl, default));
        Assert.Empty(await detector.DetectAsync(s_other, s_ttl, default));
    }

    [Fact]
    public async Task A_stopped_host_stays_stopped()
    {
        await Hosts.StopAsync(_host, default);
        Assert.False(await Hosts.RenewAsync(_host, "live", new HostBudgets(0, 0, 0, 0, 0, 0, 0, null), default));
        Assert.Equal(["stopped"], await _database.RowsAsync("postgres", "select state from control.host"));
    }

    private Task AgeRenewalAsync() => _database.AdministerAsync("update control.host set time_renewed = now() - interval '2 seconds'");

    private Task EndSessionsAsync() => _database.AdministerAsync(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'test-voxeltron_worker-session'");

    private Task<long> LocksAsync() => _database.ScalarAsync<long>(
        "postgres", "select count(*) from pg_locks where locktype = 'advisory' and classid in (7707, 7708) and database = (select oid from pg_database where datname = current_database())");

    private async Task WaitForLocksToGoAsync()
    {
        await WaitForLockToGoAsync(HostPresence.LockClass);
        await WaitForLockToGoAsync(HostPresence.SecondLockClass);
    }

    /// <summary>A closed session's backend ends a moment later. Waits inside Postgres for the lock itself.</summary>
    private Task WaitForLockToGoAsync(int lockClass) => _database.AdministerAsync($"select pg_advisory_lock({lockClass}, {HostRegistration.LockKeyOf(_host)}); select pg_advisory_unlock_all()");
}
