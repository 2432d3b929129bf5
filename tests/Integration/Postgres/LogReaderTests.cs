using Voxeltron.Postgres;
using Voxeltron.Tests.Support;
using Voxeltron.Tests.Unit.Ultra;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Integration.Postgres;

/// <summary>Goal: what the journal wrote verifies through the auditor's reader, and in plain SQL. Method: the sample log of the unit tests, written commit by commit.</summary>
public sealed class LogReaderTests : IAsyncLifetime
{
    private readonly LogBuilder _log = SampleLog.Build();
    private TestDatabase _database = null!;

    public async Task InitializeAsync()
    {
        _database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        await SampleDatabase.WriteAsync(_database, _log.Log);
    }

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task A_log_written_by_the_journal_verifies_as_the_auditor()
    {
        await using var reader = await LogReader.OpenAsync(_database.Auditor, CancellationToken.None);
        var report = await new LogVerifier(_log.RootPublicKey).VerifyAsync(reader, null, CancellationToken.None);
        Assert.Empty(report.Findings);
        Assert.Equal(_log.Log.Entries.Count, report.Entries);
        Assert.Equal(_log.Log.Commits.Count, report.Commits);
        Assert.Equal(2, report.Checkpoints);
    }

    [Fact]
    public async Task Rows_come_back_as_they_were_written()
    {
        await using var reader = await LogReader.OpenAsync(_database.Auditor, CancellationToken.None);
        var ct = CancellationToken.None;
        Assert.Equal(_log.Log.Commits.OrderBy(static c => c.Host.Hex, StringComparer.Ordinal).ThenBy(static c => c.Number).Select(static c => Describe(c)), await ListAsync(reader.Commits(ct), Describe));
        Assert.Equal(_log.Log.Leaves.Select(Describe), await ListAsync(reader.Leaves(ct), Describe));
        Assert.Equal(_log.Log.Checkpoints.Select(static c => c.Note), await ListAsync(reader.Checkpoints(ct), static c => c.Note));
        foreach (var stream in await ListAsync(reader.Streams(ct), static s => s))
        {
            var written = _log.Log.Entries.Where(e => e.Header.Tenant == stream.Tenant && e.Header.Stream == stream.Stream).Select(Describe);
            Assert.Equal(written, await ListAsync(reader.Entries(stream.Tenant, stream.Stream, ct), Describe));
        }
    }

    [Fact]
    public async Task A_reader_sees_one_moment_of_a_log_that_goes_on()
    {
        await using var reader = await LogReader.OpenAsync(_database.Auditor, CancellationToken.None);
        await _database.TamperAsync("delete from journal.checkpoint");
        Assert.Equal(2, (await ListAsync(reader.Checkpoints(CancellationToken.None), static c => c)).Count);
        await using var later = await LogReader.OpenAsync(_database.Auditor, CancellationToken.None);
        Assert.Empty(await ListAsync(later.Checkpoints(CancellationToken.None), static c => c));
    }

    [Fact]
    public async Task Plain_sql_recomputes_every_chain_root_and_tree()
    {
        var streams = await _database.RowsAsync("voxeltron_auditor", "select c.clean, c.entries, c.problem from journal.stream_head h cross join lateral audit.chain_check(h.tenant_id, h.stream_id) c order by h.seq");
        Assert.Equal(3, streams.Count);
        Assert.All(streams, static row => Assert.StartsWith("True|", row, StringComparison.Ordinal));
        var roots = await _database.RowsAsync("voxeltron_auditor", "select r.clean, r.role, count(*) from journal.stream_head h cross join lateral audit.root_check(h.tenant_id, h.stream_id) r group by 1, 2 order by 2");
        Assert.Equal(["True|actor|7", "True|cell|2", "True|host|10"], roots);
        Assert.Equal(["True", "True"], await _database.RowsAsync("voxeltron_auditor", "select r.clean from journal.checkpoint c cross join lateral audit.checkpoint_check(c.tree_size) r"));
        Assert.Equal(["True"], await _database.RowsAsync("voxeltron_auditor", "select bool_and(r.clean) from (select distinct host_id from journal.commit) h cross join lateral audit.commit_check(h.host_id) r"));
        Assert.Empty(await _database.RowsAsync("voxeltron_auditor", "select * from audit.commit_lag"));
    }

    [Theory]
    [InlineData("update journal.entry set body = replace(body, 'completed', 'refused__') where kind = 'action'")]
    [InlineData("update journal.entry set time = time + interval '1 microsecond' where seq = 3")]
    [InlineData("update journal.entry set actor = 'host/00000000000000000000000000000000' where seq = 2 and actor like 'host/%'")]
    [InlineData("delete from journal.entry where seq = 4")]
    [InlineData("update journal.stream_head set chain = sha256(chain)")]
    public async Task Plain_sql_finds_what_was_altered(string tampering)
    {
        await _database.TamperAsync(tampering);
        Assert.Equal("False", Assert.Single(await _database.RowsAsync("voxeltron_auditor", "select bool_and(c.clean) from journal.stream_head h cross join lateral audit.chain_check(h.tenant_id, h.stream_id) c")));
    }

    [Theory]
    [InlineData("root_check", "update journal.seal set root = sha256(root) where role = 'cell'")]
    [InlineData("root_check", "update journal.seal set root = sha256(root) where role = 'host' and commit_number = 2")]
    [InlineData("commit_check", "update journal.commit set root = sha256(root) where number = 2")]
    [InlineData("commit_check", "update journal.commit set previous = sha256(previous) where number = 2")]
    [InlineData("commit_check", "update journal.commit set entry_count = entry_count + 1 where number = 1")]
    [InlineData("commit_check", "delete from journal.commit where number = 1")]
    [InlineData("commit_check", "update journal.leaf set leaf = sha256(leaf) where leaf_index = 1")]
    [InlineData("checkpoint_check", "update journal.checkpoint set root = sha256(root)")]
    [InlineData("checkpoint_check", "update journal.leaf set leaf = sha256(leaf) where leaf_index = 0")]
    [InlineData("checkpoint_check", "delete from journal.leaf where leaf_index = 0")]
    public async Task Each_check_in_plain_sql_finds_what_it_is_for(string check, string tampering)
    {
        var question = check switch
        {
            "root_check" => "select bool_and(r.clean) from journal.stream_head h cross join lateral audit.root_check(h.tenant_id, h.stream_id) r",
            "commit_check" => "select bool_and(r.clean) from (select distinct host_id from journal.commit) h cross join lateral audit.commit_check(h.host_id) r",
            _ => "select bool_and(r.clean) from journal.checkpoint c cross join lateral audit.checkpoint_check(c.tree_size) r",
        };
        Assert.Equal("True", Assert.Single(await _database.RowsAsync("voxeltron_auditor", question)));
        await _database.TamperAsync(tampering);
        Assert.Equal("False", Assert.Single(await _database.RowsAsync("voxeltron_auditor", question)));
    }

    private static async Task<List<TOut>> ListAsync<TIn, TOut>(IAsyncEnumerable<TIn> rows, Func<TIn, TOut> select)
    {
        var all = new List<TOut>();
        await foreach (var row in rows)
        {
            all.Add(select(row));
        }

        return all;
    }

    private static string Describe(Entry e) =>
        $"{e.Header}|{e.Body}|{Hex(e.Payload)}|{Hex(e.PayloadSalt)}|{Hex(e.Chain)}";

    private static string Describe(CommitRow c) =>
        $"{c.Host} {c.Number} {c.TimeUs} {c.StreamCount} {c.EntryCount} {Hex(c.Root)} {Hex(c.Previous)} {c.Signer} {Hex(c.Signature)}";

    private static string Describe(LeafRow l) => $"{l.Index} {l.Host} {l.CommitNumber} {Hex(l.Leaf)}";

    private static string Hex(byte[]? bytes) => bytes is null ? "null" : Convert.ToHexStringLower(bytes);
}
