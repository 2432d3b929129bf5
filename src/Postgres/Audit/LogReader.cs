using System.Runtime.CompilerServices;
using Npgsql;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>
/// The log as one REPEATABLE READ snapshot, so that a fabric at work verifies as consistently as one at rest. Rows come in pages
/// by key, each read whole before it is handed out: enumerations may be nested or run side by side on the one session.
/// </summary>
/// <remarks>The snapshot holds back vacuum for as long as it lives. Dispose it as soon as the verification is done.</remarks>
public sealed class LogReader : ILogReader, IAsyncDisposable
{
    private const int PageRows = 1000;

    // Payloads of a page stay in memory together; after this much a page ends early.
    private const long PageBytes = 8 * 1024 * 1024;

    private const string StreamsSql = """
        select tenant_id, stream_id from journal.entry
        union select tenant_id, stream_id from journal.seal
        union select tenant_id, stream_id from journal.stream_head
        order by 1, 2
        """;

    // After (last seq, role, signer), the rest of the key.
    private const string SealsSql = """
        select first_seq, last_seq, entry_count, role, signer, host_id, commit_number, root, signature
          from journal.seal
         where tenant_id = $1 and stream_id = $2 and (last_seq, role, signer) > ($3, $4, $5)
         order by last_seq, role, signer
         limit $6
        """;

    private const string HeadsSql = """
        select tenant_id, stream_id, seq, epoch, chain from journal.stream_head
         where (tenant_id, stream_id) > ($1, $2) order by tenant_id, stream_id limit $3
        """;

    private const string CommitsSql = """
        select host_id, number, time, stream_count, entry_count, root, previous, signer, signature from journal.commit
         where (host_id, number) > ($1, $2) order by host_id, number limit $3
        """;

    private const string LeavesSql = "select leaf_index, host_id, commit_number, leaf from journal.leaf where leaf_index > $1 order by leaf_index limit $2";

    private const string CheckpointsSql = "select tree_size, root, note from journal.checkpoint where tree_size > $1 order by tree_size limit $2";

    private readonly NpgsqlConnection _connection;
    private readonly SemaphoreSlim _session = new(1, 1);

    private LogReader(NpgsqlConnection connection) => _connection = connection;

    /// <summary>Opens a session of its own and fixes the snapshot now.</summary>
    /// <param name="source">Of a role that may read schema <c>journal</c> whole: the auditor's, or the Api's for an export.</param>
    public static async Task<LogReader> OpenAsync(FabricDataSource source, CancellationToken ct)
    {
        var connection = await source.OpenDedicatedAsync(ct);
        try
        {
            // Pages are short, checking one may not be; a verifier that hangs still loses its snapshot in the end.
            // The first query takes the snapshot.
            await using var begin = new NpgsqlCommand(
                "begin isolation level repeatable read read only; set local statement_timeout = 0; set local idle_in_transaction_session_timeout = '10min'; select 1 from journal.stream_head limit 1", connection);
            await begin.ExecuteNonQueryAsync(ct);
            return new LogReader(connection);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public async IAsyncEnumerable<StreamRef> Streams([EnumeratorCancellation] CancellationToken ct)
    {
        var streams = await ReadPageAsync(StreamsSql, static _ => { }, static r => new StreamRef(LogRows.Tenant(r.GetString(0)), new StreamId(r.GetGuid(1))), ct);
        foreach (var stream in streams)
        {
            yield return stream;
        }
    }

    // Not 0: a tampered row may stand below 1, and the verifier must meet it.
    public IAsyncEnumerable<Entry> Entries(TenantId tenant, StreamId stream, CancellationToken ct) => EntriesAsync(tenant, stream, long.MinValue, ct);

    /// <summary>By seq, from the one after <paramref name="after"/>.</summary>
    public async IAsyncEnumerable<Entry> EntriesAsync(TenantId tenant, StreamId stream, long after, [EnumeratorCancellation] CancellationToken ct)
    {
        var last = after;
        var rows = PageRows;
        while (await ReadEntriesAsync(tenant, stream, last, rows, ct) is { Count: > 0 } page)
        {
            foreach (var entry in page)
            {
                yield return entry;
            }

            last = page[^1].Header.Seq;
            // A page cut short by its bytes makes the next query ask for no more than fits: the rest would be sent for nothing.
            rows = page.Count < rows ? page.Count : Math.Min(2 * rows, PageRows);
        }
    }

    public async IAsyncEnumerable<SealRow> Seals(TenantId tenant, StreamId stream, [EnumeratorCancellation] CancellationToken ct)
    {
        var (last, role, signer) = (long.MinValue, "", "");
        while (true)
        {
            var page = await ReadPageAsync(
                SealsSql,
                p => p.AddRange(new NpgsqlParameter[] { Text(tenant.Value), Uuid(stream.Value), Number(last), Text(role), Text(signer), Number(PageRows) }),
                r => LogRows.Seal(r, tenant, stream),
                ct);
            foreach (var seal in page)
            {
                yield return seal;
            }

            if (page.Count < PageRows)
            {
                yield break;
            }

            (last, role, signer) = (page[^1].LastSeq, page[^1].Role, page[^1].Signer.Value);
        }
    }

    public IAsyncEnumerable<HeadRow> Heads(CancellationToken ct) => PageByAsync(
        HeadsSql, static h => [Text(h?.Tenant.Value ?? ""), Uuid(h?.Stream.Value ?? Guid.Empty)], LogRows.Head, ct);

    // Number -1: a tampered commit may be number 0 of the lowest host.
    public IAsyncEnumerable<CommitRow> Commits(CancellationToken ct) => PageByAsync(
        CommitsSql, static c => [Uuid(c?.Host.Value ?? Guid.Empty), Number(c?.Number ?? long.MinValue)], LogRows.Commit, ct);

    public IAsyncEnumerable<LeafRow> Leaves(CancellationToken ct) => PageByAsync(
        LeavesSql, static l => [Number(l?.Index ?? long.MinValue)], LogRows.Leaf, ct);

    public IAsyncEnumerable<CheckpointRow> Checkpoints(CancellationToken ct) => PageByAsync(
        CheckpointsSql, static c => [Number(c?.TreeSize ?? long.MinValue)], LogRows.Checkpoint, ct);

    public async ValueTask DisposeAsync()
    {
        // Ends the session and with it the transaction, which wrote nothing.
        await _connection.DisposeAsync();
        _session.Dispose();
    }

    /// <summary>Pages by key: <paramref name="keyOf"/> gives the parameters that stand for "after this row", or before the first for null.</summary>
    private async IAsyncEnumerable<TRow> PageByAsync<TRow>(string sql, Func<TRow?, NpgsqlParameter[]> keyOf, Func<NpgsqlDataReader, TRow> read, [EnumeratorCancellation] CancellationToken ct)
        where TRow : class
    {
        TRow? last = null;
        while (true)
        {
            var after = last;
            var page = await ReadPageAsync(sql, p => p.AddRange((NpgsqlParameter[])[.. keyOf(after), Number(PageRows)]), read, ct);
            foreach (var row in page)
            {
                yield return row;
            }

            if (page.Count < PageRows)
            {
                yield break;
            }

            last = page[^1];
        }
    }

    private async Task<List<Entry>> ReadEntriesAsync(TenantId tenant, StreamId stream, long after, int rows, CancellationToken ct)
    {
        var bytes = 0L;
        return await ReadPageAsync(
            EntryRows.PageSql,
            p => EntryRows.AddPageParameters(p, tenant, stream, after, rows),
            r =>
            {
                var entry = EntryRows.Read(r, tenant, stream);
                bytes += entry.Payload?.LongLength ?? 0;
                return entry;
            },
            ct,
            () => bytes >= PageBytes);
    }

    private async Task<List<TRow>> ReadPageAsync<TRow>(string sql, Action<NpgsqlParameterCollection> bind, Func<NpgsqlDataReader, TRow> read, CancellationToken ct, Func<bool>? full = null)
    {
        await _session.WaitAsync(ct);
        try
        {
            await using var command = new NpgsqlCommand(sql, _connection);
            bind(command.Parameters);
            await using var reader = await command.ExecuteReaderAsync(ct);
            var page = new List<TRow>();
            while (await reader.ReadAsync(ct))
            {
                page.Add(read(reader));
                if (full?.Invoke() == true)
                {
                    break;
                }
            }

            return page;
        }
        finally
        {
            _session.Release();
        }
    }

    private static NpgsqlParameter<string> Text(string value) => new() { TypedValue = value };

    private static NpgsqlParameter<Guid> Uuid(Guid value) => new() { TypedValue = value };

    private static NpgsqlParameter<long> Number(long value) => new() { TypedValue = value };
}
