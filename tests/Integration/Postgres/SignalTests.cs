using Microsoft.Extensions.Logging.Abstractions;
using Voxeltron.Postgres;
using Voxeltron.Tests.Support;
using Xunit;

namespace Voxeltron.Tests.Integration.Postgres;

/// <summary>Goal: a hint arrives soon, several become one, and a lost session only costs latency. Method: real LISTEN and NOTIFY; waits end on the signal, and a time limit is a failure.</summary>
public sealed class SignalTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    private TestDatabase Database => fixture.Database;

    [Fact]
    public async Task A_notification_wakes_the_listener_with_its_subjects()
    {
        await using var listener = await ListenAsync("one");
        using var mailbox = listener.Subscribe();
        await using var notifier = new Notifier(Database.Api, "one", NullLogger.Instance);
        notifier.Start();
        notifier.Notify("clinic/a");
        var signal = await mailbox.WaitAsync(s_limit, default);
        Assert.True(signal.Happened);
        Assert.Equal(["clinic/a"], signal.Subjects);
        Assert.False(signal.Everything);
        Assert.False((await mailbox.WaitAsync(TimeSpan.Zero, default)).Happened);
    }

    [Fact]
    public async Task Many_notifications_become_one_signal()
    {
        await using var listener = await ListenAsync("many");
        using var mailbox = listener.Subscribe();
        // One transaction: Postgres hands them over together.
        await Database.ExecuteAsync("voxeltron_api", "select pg_notify('many', 'clinic/' || n) from generate_series(1, 100) n");
        var seen = new HashSet<string>();
        while (seen.Count < 100)
        {
            var signal = await mailbox.WaitAsync(s_limit, default);
            Assert.True(signal.Happened, $"{seen.Count} of 100 subjects after {s_limit}");
            seen.UnionWith(signal.Subjects);
        }

        Assert.False((await mailbox.WaitAsync(TimeSpan.Zero, default)).Happened);
    }

    [Fact]
    public async Task More_subjects_than_fit_become_everything()
    {
        await using var listener = await ListenAsync("all");
        using var mailbox = listener.Subscribe();
        await using var notifier = new Notifier(Database.Api, "all", NullLogger.Instance);
        for (var i = 0; i <= Channels.MaxSubjects; i++)
        {
            notifier.Notify($"clinic/{i}");
        }

        notifier.Start();
        Assert.True((await mailbox.WaitAsync(s_limit, default)).Everything);
    }

    [Fact]
    public async Task The_listener_survives_its_backend_being_terminated_and_says_that_something_may_be_lost()
    {
        await using var listener = await ListenAsync("lost");
        using var mailbox = listener.Subscribe();
        await Database.AdministerAsync("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like 'listen \"lost\"%'");
        Assert.True((await mailbox.WaitAsync(s_limit, default)).Everything);
        // The second "everything" comes once it listens again; then a hint gets through.
        var again = await mailbox.WaitAsync(s_limit, default);
        Assert.True(again.Everything);
        await Database.ExecuteAsync("voxeltron_api", "select pg_notify('lost', 'clinic/b')");
        Assert.Contains("clinic/b", (await mailbox.WaitAsync(s_limit, default)).Subjects);
    }

    [Fact]
    public async Task Without_a_notification_the_wait_ends_by_time()
    {
        await using var listener = await ListenAsync("quiet");
        // The first session's own "anything may have changed".
        Assert.True(await listener.WaitAsync(s_limit, default));
        Assert.False(await listener.WaitAsync(TimeSpan.FromMilliseconds(20), default));
    }

    private async Task<NotificationListener> ListenAsync(string channel)
    {
        var listener = new NotificationListener(Database.Worker, [channel], TimeProvider.System, NullLogger.Instance);
        using (var mailbox = listener.Subscribe())
        {
            listener.Start();
            // Everything that starting up causes has been delivered after this.
            Assert.True((await mailbox.WaitAsync(s_limit, default)).Happened);
        }

        return listener;
    }
}
