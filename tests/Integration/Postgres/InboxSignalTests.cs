using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Voxeltron.Kernel;
using Voxeltron.Migrations;
using Voxeltron.Postgres;
using Voxeltron.Tests.Integration.Worker;
using Voxeltron.Tests.Support;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Integration.Postgres;

/// <summary>Goal: whoever waits for work hears of it with the commit, and only of work that was committed. Method: real LISTEN; the waits end on the signal.</summary>
public sealed class InboxSignalTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);
    private static readonly TenantId s_tenant = new("demo");
    private readonly StreamId _stream = new(Guid.NewGuid());

    [Fact]
    public async Task A_commit_says_whether_a_stream_may_be_new_and_a_repeat_says_nothing()
    {
        await using var listener = new NotificationListener(fixture.Database.Worker, [Channels.Inbox], TimeProvider.System, NullLogger.Instance);
        listener.Start();
        await listener.Listening.WaitAsync(s_limit);
        using var mailbox = listener.Subscribe();
        var inbox = new InboxCommands(fixture.Database.Api, NullLogger.Instance);

        var first = Submission("first", "mission");
        Assert.Equal(SubmissionStatus.Accepted, Assert.Single(await inbox.SubmitAsync([first], CancellationToken.None)).Status);
        Assert.Equal([Channels.Streams], (await mailbox.WaitAsync(s_limit, default)).Subjects);

        var repeat = Submission("first", "mission");
        Assert.Equal(SubmissionStatus.Attached, Assert.Single(await inbox.SubmitAsync([repeat], CancellationToken.None)).Status);
        Assert.Equal(SubmissionStatus.Accepted, Assert.Single(await inbox.SubmitAsync([Submission("second", null)], CancellationToken.None)).Status);
        Assert.Equal([Channels.Intents], (await mailbox.WaitAsync(s_limit, default)).Subjects);
    }

    [Fact]
    public async Task A_hint_that_fails_undoes_nothing_and_is_logged()
    {
        await using var database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        await database.AdministerAsync("revoke execute on function pg_catalog.pg_notify(text, text) from public");
        var log = new HeardLog<InboxCommands>();
        var inbox = new InboxCommands(database.Api.Lane("inbox"), log);
        foreach (var key in (string[])["first", "second", "third"])
        {
            Assert.Equal(SubmissionStatus.Accepted, Assert.Single(await inbox.SubmitAsync([Submission(key, "mission")], CancellationToken.None)).Status);
        }

        Assert.Equal(3, await database.ScalarAsync<long>(RoleDefaults.Api, "select count(*) from control.inbox"));
        Assert.Equal(3, log.Lines.Count(static line => line.Contains(Channels.Inbox, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_refused_row_leaves_the_one_connection_fit_for_the_next()
    {
        var inbox = new InboxCommands(fixture.Database.Api.Lane("refused"), NullLogger.Instance);
        var sound = Submission("sound", null);
        var bad = Submission("bad", null);
        await Assert.ThrowsAsync<PostgresException>(() => inbox.SubmitAsync([bad with { Intent = bad.Intent with { Body = "" } }], CancellationToken.None));
        Assert.Equal(SubmissionStatus.Accepted, Assert.Single(await inbox.SubmitAsync([sound], CancellationToken.None)).Status);
    }

    private Submission Submission(string key, string? leaseRole) => new(
        new Intent(Guid.NewGuid(), s_tenant, _stream, EntryKinds.InputClosed, "api/test", "{}", null, null, new KeyId(new string('0', 32)), new byte[64]),
        "test", key, new byte[32], "resource", leaseRole, Guid.NewGuid());
}
