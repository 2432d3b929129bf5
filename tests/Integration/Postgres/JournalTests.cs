using Npgsql;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Tests.Support;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Integration.Postgres;

/// <summary>Goal: a commit is durable whole or not at all, and only the writer that the head expects gets in. Method: the real journal on a real server, one stream per test.</summary>
#pragma warning disable CA1001 // xunit disposes through IAsyncLifetime.
public sealed class JournalTests(DatabaseFixture fixture) : IClassFixture<DatabaseFixture>, IAsyncLifetime
#pragma warning restore CA1001
{
    private readonly TestBatch _host = new();
    private readonly StreamId _stream = TestBatch.NewStream();
    private PostgresJournal _journal = null!;

    private TestDatabase Database => fixture.Database;

    public Task InitializeAsync()
    {
        _journal = new PostgresJournal(Database.Worker);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _journal.DisposeAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(70)]
    [InlineData(PostgresJournal.CopyFromEntries - 1)]
    [InlineData(PostgresJournal.CopyFromEntries)]
    [InlineData(PostgresJournal.CopyFromEntries + 188)]
    public async Task Entries_come_back_as_they_were_committed_whichever_way_they_went(int entries)
    {
        var batch = _host.Of(_host.Stream(_stream, entries, previousEpoch: 0));
        Assert.IsType<CommitOutcome.Durable>(await CommitAsync(batch));
        var read = new List<Entry>();
        await foreach (var entry in _journal.ReadAsync(TestBatch.Tenant, _stream, 0, CancellationToken.None))
        {
            read.Add(entry);
        }

        Assert.Equal(batch.Streams[0].Entries.Select(Describe), read.Select(Describe));
        var head = await HeadAsync();
        Assert.Equal((entries, 1L), (head!.Seq, head.Epoch));
        Assert.Equal(batch.Streams[0].Entries[^1].Chain, head.Chain);
    }

    [Fact]
    public async Task Copy_and_unnest_write_identical_rows()
    {
        var other = TestBatch.NewStream();
        const int rows = PostgresJournal.CopyFromEntries;
        var byCopy = _host.Stream(_stream, rows, previousEpoch: 0);
        await CommitAsync(_host.Of(byCopy));
        var renamed = byCopy.Entries.Select(e => e with { Header = e.Header with { Stream = other } }).ToList();
        long? previous = 0;
        foreach (var part in renamed.Chunk(rows / 2))
        {
            await CommitAsync(_host.Of(byCopy with { Stream = other, PreviousEpoch = previous, Entries = part }));
            previous = null;
        }

        const string columns = "select seq, epoch, time, kind, actor, body, payload, payload_salt, chain from journal.entry where stream_id = ";
        Assert.Equal(rows, (await Database.RowsAsync("postgres", $"{columns}'{_stream.Value}' order by seq")).Count);
        Assert.Equal(
            await Database.RowsAsync("postgres", $"{columns}'{_stream.Value}' order by seq"),
            await Database.RowsAsync("postgres", $"{columns}'{other.Value}' order by seq"));
    }

    [Fact]
    public async Task Large_payloads_go_by_copy_and_read_back()
    {
        await CommitAsync(_host.Of(_host.Stream(_stream, 2, previousEpoch: 0, payloadBytes: 3 * 1024 * 1024)));
        Assert.Equal(3L * 1024 * 1024, await Database.ScalarAsync<long>("postgres", $"select octet_length(payload)::bigint from journal.entry where stream_id = '{_stream.Value}' and seq = 2"));
    }

    [Fact]
    public async Task A_zombie_is_fenced_and_writes_nothing()
    {
        await CommitAsync(_host.Of(_host.Stream(_stream, 3, previousEpoch: 0)));
        var successor = _host.Successor();
        Assert.IsType<CommitOutcome.Durable>(await CommitAsync(successor.Of(successor.Stream(_stream, 1, epoch: 2, previousEpoch: 1))));
        var before = await CountsAsync();
        var outcome = Assert.IsType<CommitOutcome.Fenced>(await CommitAsync(_host.Of(_host.Stream(_stream, 2))));
        Assert.Equal([(TestBatch.Tenant, _stream)], outcome.Streams);
        Assert.Equal(before, await CountsAsync());
        Assert.Equal((4L, 2L), ((await HeadAsync())!.Seq, (await HeadAsync())!.Epoch));
    }

    [Fact]
    public async Task Of_two_takers_of_one_epoch_the_head_lets_in_the_first()
    {
        await CommitAsync(_host.Of(_host.Stream(_stream, 1, previousEpoch: 0)));
        var (first, second) = (_host.Successor(), _host.Successor());
        Assert.IsType<CommitOutcome.Durable>(await CommitAsync(first.Of(first.Stream(_stream, 1, epoch: 2, previousEpoch: 1))));
        Assert.IsType<CommitOutcome.Fenced>(await CommitAsync(second.Of(second.Stream(_stream, 1, epoch: 2, previousEpoch: 1))));
    }

    [Fact]
    public async Task A_gap_is_refused()
    {
        await CommitAsync(_host.Of(_host.Stream(_stream, 1, previousEpoch: 0)));
        _ = _host.Stream(_stream, 1);
        Assert.IsType<CommitOutcome.Fenced>(await CommitAsync(_host.Of(_host.Stream(_stream, 1))));
    }

    [Fact]
    public async Task A_stream_begins_once()
    {
        await CommitAsync(_host.Of(_host.Stream(_stream, 1, previousEpoch: 0)));
        var other = new TestBatch();
        Assert.IsType<CommitOutcome.Fenced>(await CommitAsync(other.Of(other.Stream(_stream, 1, previousEpoch: 0))));
    }

    [Fact]
    public async Task Only_the_streams_that_missed_are_named_and_the_rest_can_be_sent_again_as_it_was()
    {
        var healthy = TestBatch.NewStream();
        await CommitAsync(_host.Of(_host.Stream(_stream, 1, previousEpoch: 0), _host.Stream(healthy, 1, previousEpoch: 0)));
        var successor = _host.Successor();
        await CommitAsync(successor.Of(successor.Stream(_stream, 1, epoch: 2, previousEpoch: 1)));
        var good = _host.Stream(healthy, PostgresJournal.CopyFromEntries);
        var batch = _host.Of(_host.Stream(_stream, 70), good);
        var outcome = Assert.IsType<CommitOutcome.Fenced>(await CommitAsync(batch));
        Assert.Equal([(TestBatch.Tenant, _stream)], outcome.Streams);
        var again = batch with { Streams = [good], Sealing = Task.FromResult(_host.Seals(batch.Number, [good])) };
        Assert.IsType<CommitOutcome.Durable>(await CommitAsync(again));
    }

    [Fact]
    public async Task Intents_are_consumed_with_the_entry_and_keep_no_payload()
    {
        var intent = await TestBatch.EnterIntentAsync(Database, _stream, [1, 2, 3]);
        var projection = StreamProjection.Empty with { Consumed = [new ConsumedIntent(intent, 1)] };
        await CommitAsync(_host.Of(_host.Stream(_stream, 1, previousEpoch: 0, projection: projection)));
        Assert.Equal(["1||"], await Database.RowsAsync("postgres", $"select consumed_seq, payload, payload_salt from control.inbox where inbox_id = '{intent}'"));
    }

    [Fact]
    public async Task An_intent_is_consumed_once_or_the_commit_fails_whole()
    {
        var intent = await TestBatch.EnterIntentAsync(Database, _stream);
        var projection = StreamProjection.Empty with { Consumed = [new ConsumedIntent(intent, 1)] };
        await CommitAsync(_host.Of(_host.Stream(_stream, 1, previousEpoch: 0, projection: projection)));
        await Assert.ThrowsAsync<InvariantException>(() => CommitAsync(_host.Of(_host.Stream(_stream, 1, projection: projection))));
        Assert.Equal(1, (await HeadAsync())!.Seq);
    }

    [Fact]
    public async Task Projections_keep_the_latest_state_and_a_finished_stream_loses_its_lease()
    {
        var leases = new LeaseCommands(Database.Worker);
        await leases.EnsureAsync(TestBatch.Tenant, _stream, "mission", CancellationToken.None);
        await Database.AdministerAsync($"update control.lease set host_id = '{_host.Host.Value}', epoch = 1 where stream_id = '{_stream.Value}'");
        await CommitAsync(_host.Of(_host.Stream(_stream, 1, previousEpoch: 0, projection: Projection("running", "ready", "running"))));
        Assert.Equal(["running|1"], await MissionAsync());
        Assert.Equal(["running"], await Database.RowsAsync("postgres", $"select status from control.task where mission_id = '{_stream.Value}'"));
        await CommitAsync(_host.Of(_host.Stream(_stream, 1, projection: Projection("completed", "completed") with { Finished = true })));
        Assert.Equal(["completed|2"], await MissionAsync());
        Assert.Equal(["True|"], await Database.RowsAsync("postgres", $"select finished, host_id from control.lease where stream_id = '{_stream.Value}'"));
    }

    [Fact]
    public async Task Modules_are_registered_and_their_bytes_found_by_digest()
    {
        var tenant = TestBatch.Tenant;
        var system = StreamId.System(tenant);
        var digest = ModuleDigest.Of([1, 2, 3]);
        var row = new ModuleRow(tenant, digest, "extract", "registered", 3, 1, ["vx.log"], ["on_task"], null, null, 2, 1_790_000_000_000_000);
        await CommitAsync(_host.Of(_host.Stream(system, 2, previousEpoch: 0, projection: StreamProjection.Empty with { Modules = [row] })));
        var queries = new WorkerModuleQueries(Database.Worker);
        Assert.Equal(new string('p', 20), System.Text.Encoding.UTF8.GetString((await queries.ReadWasmAsync(tenant, digest, CancellationToken.None))!));
        Assert.Equal([digest], await queries.RegisteredAsync(tenant, [digest, ModuleDigest.Of([9])], CancellationToken.None));
    }

    [Fact]
    public async Task A_lost_session_is_reported_and_the_next_commit_opens_another()
    {
        await CommitAsync(_host.Of(_host.Stream(_stream, 1, previousEpoch: 0)));
        await Database.AdministerAsync("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'test-voxeltron_worker-session'");
        var batch = _host.Of(_host.Stream(_stream, 1));
        var lost = await Assert.ThrowsAsync<JournalUnavailableException>(() => CommitAsync(batch));
        // All of a small commit travels at once, its end included: whether the server had read it, nobody here can tell.
        Assert.True(lost.Indeterminate);
        Assert.IsType<CommitOutcome.Durable>(await CommitAsync(batch));
    }

    [Fact]
    public async Task A_connection_lost_after_commit_was_sent_is_indeterminate()
    {
        await CommitAsync(_host.Of(_host.Stream(_stream, 1, previousEpoch: 0)));
        // A deferred trigger runs inside COMMIT itself: there the session kills itself.
        await Database.AdministerAsync("""
            create function public.end_session() returns trigger language plpgsql as $$ begin perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(30); return null; end $$;
            create constraint trigger end_session after insert on journal.commit deferrable initially deferred for each row execute function public.end_session();
            """);
        try
        {
            var lost = await Assert.ThrowsAsync<JournalUnavailableException>(() => CommitAsync(_host.Of(_host.Stream(_stream, 1))));
            Assert.True(lost.Indeterminate);
        }
        finally
        {
            await Database.AdministerAsync("drop trigger end_session on journal.commit; drop function public.end_session()");
        }

        // What the contract tells the committer to do: read the head. Here the commit had not happened.
        Assert.Equal(1, (await HeadAsync())!.Seq);
    }

    [Fact]
    public async Task Postgres_away_is_named_so()
    {
        await using var nowhere = new FabricDataSource(new NpgsqlConnectionStringBuilder(Database.ConnectionString("voxeltron_worker")) { Host = "/tmp/no-such-socket" }.ConnectionString, "test");
        await using var journal = new PostgresJournal(nowhere);
        var away = await Assert.ThrowsAsync<JournalUnavailableException>(() => journal.CommitAsync(_host.Of(_host.Stream(_stream, 1, previousEpoch: 0)), CancellationToken.None));
        Assert.False(away.Indeterminate);
        await Assert.ThrowsAsync<JournalUnavailableException>(() => journal.ReadHeadAsync(TestBatch.Tenant, _stream, CancellationToken.None));
    }

    private Task<CommitOutcome> CommitAsync(CommitBatch batch) => _journal.CommitAsync(batch, CancellationToken.None);

    private Task<HeadRow?> HeadAsync() => _journal.ReadHeadAsync(TestBatch.Tenant, _stream, CancellationToken.None);

    private Task<IReadOnlyList<string>> CountsAsync() => Database.RowsAsync(
        "postgres", $"select (select count(*) from journal.entry where stream_id = '{_stream.Value}'), (select count(*) from journal.seal where stream_id = '{_stream.Value}'), (select count(*) from journal.commit where host_id = '{_host.Host.Value}')");

    private Task<IReadOnlyList<string>> MissionAsync() => Database.RowsAsync("postgres", $"select status, seq from control.mission where mission_id = '{_stream.Value}'");

    /// <param name="status">Of the mission.</param>
    /// <param name="tasks">States one task went through since the last commit.</param>
    private StreamProjection Projection(string status, params string[] tasks)
    {
        var ended = status == "completed";
        var mission = new MissionId(_stream.Value);
        return StreamProjection.Empty with
        {
            Mission = new MissionRow(TestBatch.Tenant, mission, "m", status, new string('a', 64), ended ? 2 : 1, 1, 1, 0, ended ? 0 : 1, ended ? 1 : 0, 0, 0, 0, null, 1, 2, ended ? 2 : null),
            Tasks = [.. tasks.Select(state => new TaskRow(TestBatch.Tenant, mission, "extract/r-1", "extract", "r-1", state, 1, new CellId(Guid.NewGuid()), ModuleDigest.Of([1]), null, null, 1, 1, 2))],
        };
    }

    private static string Describe(Entry e) =>
        $"{e.Header}|{e.Body}|{(e.Payload is null ? "-" : Convert.ToHexString(e.Payload))}|{(e.PayloadSalt is null ? "-" : Convert.ToHexString(e.PayloadSalt))}|{Convert.ToHexString(e.Chain)}";
}
