using Microsoft.Extensions.Logging.Abstractions;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
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
        var inbox = new InboxCommands(fixture.Database.Api);

        var first = Submission("first", "mission");
        Assert.Equal(SubmissionStatus.Accepted, Assert.Single(await inbox.SubmitAsync([first], CancellationToken.None)).Status);
        Assert.Equal([Channels.Streams], (await mailbox.WaitAsync(s_limit, default)).Subjects);

        var repeat = Submission("first", "mission");
        Assert.Equal(SubmissionStatus.Attached, Assert.Single(await inbox.SubmitAsync([repeat], CancellationToken.None)).Status);
        Assert.Equal(SubmissionStatus.Accepted, Assert.Single(await inbox.SubmitAsync([Submission("second", null)], CancellationToken.None)).Status);
        Assert.Equal([Channels.Intents], (await mailbox.WaitAsync(s_limit, default)).Subjects);
    }

    private Submission Submission(string key, string? leaseRole) => new(
        new Intent(Guid.NewGuid(), s_tenant, _stream, EntryKinds.InputClosed, "api/test", "{}", null, null, new KeyId(new string('0', 32)), new byte[64]),
        "test", key, new byte[32], "resource", leaseRole, Guid.NewGuid());
}
