using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Tests.Support;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Integration.Postgres;

/// <summary>
/// Goal: a commit means the same in whichever form it travels: one batch, two with the seals made beside the first, or with COPY
/// between them. Method: the seals are handed over before the commit, or after its first part was sent.
/// </summary>
#pragma warning disable CA1001 // xunit disposes through IAsyncLifetime.
public sealed class JournalFormTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>, IAsyncLifetime
#pragma warning restore CA1001
{
    public enum Form
    {
        OneBatch,
        TwoBatches,
        Copy,
    }

    public static TheoryData<Form> Forms => [Form.OneBatch, Form.TwoBatches, Form.Copy];

    private readonly StreamId _stream = TestBatch.NewStream();
    private readonly TestBatch _host = new();
    private PostgresJournal _journal = null!;

    private TestDatabase Database => fixture.Database;

    /// <summary>One commit first: with its session open, a commit runs on this thread until it has sent something.</summary>
    public async Task InitializeAsync()
    {
        _journal = new PostgresJournal(Database.Worker);
        await _journal.CommitAsync(_host.Of(_host.Stream(_stream, 1, previousEpoch: 0)), CancellationToken.None);
    }

    public async Task DisposeAsync() => await _journal.DisposeAsync();

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task Entries_seals_and_the_commit_row_are_durable_together(Form form)
    {
        Assert.IsType<CommitOutcome.Durable>(await CommitAsync(form, _host));
        var entries = Entries(form) + 1L;
        Assert.Equal([$"{entries}|2|2|{entries}"], await StateAsync());
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task A_missed_head_undoes_all_and_the_session_goes_on(Form form)
    {
        var successor = _host.Successor();
        Assert.IsType<CommitOutcome.Durable>(await _journal.CommitAsync(successor.Of(successor.Stream(_stream, 1, epoch: 2, previousEpoch: 1)), CancellationToken.None));
        var before = await StateAsync();
        var fenced = Assert.IsType<CommitOutcome.Fenced>(await CommitAsync(form, _host));
        Assert.Equal([(TestBatch.Tenant, _stream)], fenced.Streams);
        Assert.Equal(before, await StateAsync());
        Assert.IsType<CommitOutcome.Durable>(await _journal.CommitAsync(successor.Of(successor.Stream(_stream, 1, epoch: 2)), CancellationToken.None));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task An_intent_that_is_not_pending_undoes_all_and_is_said(Form form)
    {
        var before = await StateAsync();
        var projection = StreamProjection.Empty with { Consumed = [new ConsumedIntent(Guid.NewGuid(), 2)] };
        var bug = await Assert.ThrowsAsync<InvariantException>(() => CommitAsync(form, _host, projection));
        Assert.Contains("0 of 1 intents were pending", bug.Message, StringComparison.Ordinal);
        Assert.Equal(before, await StateAsync());
    }

    [Theory]
    [InlineData(Form.OneBatch, true)]
    [InlineData(Form.TwoBatches, false)]
    [InlineData(Form.Copy, false)]
    public async Task A_session_that_ended_before_leaves_the_outcome_open_only_if_all_was_sent(Form form, bool open)
    {
        await Database.AdministerAsync("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'test-voxeltron_worker-session'");
        var lost = await Assert.ThrowsAsync<JournalUnavailableException>(() => CommitAsync(form, _host));
        Assert.Equal(open, lost.Indeterminate);
    }

    private async Task<CommitOutcome> CommitAsync(Form form, TestBatch host, StreamProjection? projection = null)
    {
        var batch = host.Of(host.Stream(_stream, Entries(form), projection: projection));
        if (form == Form.OneBatch)
        {
            return await _journal.CommitAsync(batch, CancellationToken.None);
        }

        var late = new TaskCompletionSource<CommitSeals>();
        var commit = _journal.CommitAsync(batch with { Sealing = late.Task }, CancellationToken.None);
        late.SetResult(await batch.Sealing);
        return await commit;
    }

    private static int Entries(Form form) => form == Form.Copy ? PostgresJournal.CopyFromEntries : 10;

    /// <summary>Entries, host seals, commits of the first host, and the head's seq.</summary>
    private Task<IReadOnlyList<string>> StateAsync() => Database.RowsAsync(
        "postgres", $"select (select count(*) from journal.entry where stream_id = '{_stream.Value}'), (select count(*) from journal.seal where stream_id = '{_stream.Value}'), (select count(*) from journal.commit where host_id = '{_host.Host.Value}'), (select seq from journal.stream_head where stream_id = '{_stream.Value}')");
}
