using System.Runtime.CompilerServices;
using Npgsql;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>
/// The journal of one worker host: one connection, one transaction per commit, heads first.
/// <code>
///   heads + entries + seals, commit, projections   one round trip; a head that does not stand where it should divides by zero
///                                                  and the whole batch stops there. A lost answer leaves the outcome unknown.
/// </code>
/// <see cref="CommitWriter"/> has the forms of larger ones. A lost connection is dropped and reopened by the
/// next call: how long to wait between calls is the caller's decision.
/// </summary>
/// <remarks>One commit at a time: the committer owns the order. Calls that overlap wait for each other.</remarks>
public sealed class PostgresJournal(FabricDataSource source) : IJournal, IAsyncDisposable
{
    /// <summary>
    /// Entries of a commit from which they go by binary COPY: at 2,048 it takes 5.5 µs an entry against 7.8 as arrays. At 245, with
    /// all cores busy, its two round trips cost more than that saves (8–11 ms against 5–8 until the entries were sent).
    /// </summary>
    public const int CopyFromEntries = 512;

    // Rows are read one by one from a page; a page bounds how long one statement may stay open while the reader works.
    private const int PageRows = 512;

    private readonly SemaphoreSlim _commitGate = new(1, 1);

    // Guarded by _commitGate.
    private readonly EntryCopy _copy = new();

    // Guarded by _commitGate. Null: none yet, or the last one failed.
    private NpgsqlConnection? _connection;

    public async Task<CommitOutcome> CommitAsync(CommitBatch batch, CancellationToken ct)
    {
        CommitBatchCheck.ThrowIfMalformed(batch);
        await _commitGate.WaitAsync(ct);
        try
        {
            return await CommitOnConnectionAsync(batch, ct);
        }
        finally
        {
            _commitGate.Release();
        }
    }

    public async Task<HeadRow?> ReadHeadAsync(TenantId tenant, StreamId stream, CancellationToken ct)
    {
        try
        {
            await using var connection = await source.OpenAsync(ct);
            await using var command = new NpgsqlCommand(
                "select seq, epoch, chain from journal.stream_head where tenant_id = $1 and stream_id = $2", connection);
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = tenant.Value });
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = stream.Value });
            await using var reader = await command.ExecuteReaderAsync(ct);
            return await reader.ReadAsync(ct)
                ? new HeadRow(tenant, stream, reader.GetInt64(0), reader.GetInt64(1), reader.GetFieldValue<byte[]>(2))
                : null;
        }
        catch (Exception fault) when (JournalFault.IsUnavailable(fault))
        {
            throw JournalFault.Unavailable($"reading the head of {tenant}/{stream}", indeterminate: false, fault);
        }
    }

    public async IAsyncEnumerable<Entry> ReadAsync(TenantId tenant, StreamId stream, long afterSeq, [EnumeratorCancellation] CancellationToken ct)
    {
        var last = afterSeq;
        var more = true;
        while (more)
        {
            await using var page = await EntryPage.OpenAsync(source, tenant, stream, last, PageRows, ct);
            var rows = 0;
            while (await page.ReadAsync(ct) is { } entry)
            {
                rows++;
                last = entry.Header.Seq;
                yield return entry;
            }

            more = rows == PageRows;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await DropConnectionAsync();
        _commitGate.Dispose();
    }

    private async Task<CommitOutcome> CommitOnConnectionAsync(CommitBatch batch, CancellationToken ct)
    {
        try
        {
            _connection ??= await OpenAsync(ct);
        }
        catch (Exception fault) when (JournalFault.IsUnavailable(fault))
        {
            throw JournalFault.Unavailable($"opening commit {batch.Number}", indeterminate: false, fault);
        }

        return await WriteAsync(batch, ct) ? CommitOutcome.Durable.Instance : await ReadFencedAsync(batch, ct);
    }

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken ct)
    {
        var connection = await source.OpenDedicatedAsync(ct);
        try
        {
            await FabricDataSource.PlanOnceAsync(connection, ct);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <returns>True once durable; false when a head missed: the transaction has ended then, the session has not.</returns>
    private async Task<bool> WriteAsync(CommitBatch batch, CancellationToken ct)
    {
        var writer = new CommitWriter(_connection!, _copy, batch);
        try
        {
            await writer.WriteAsync(ct);
            return true;
        }
        catch (PostgresException fault) when (fault.SqlState == HeadStatements.MissedState)
        {
            await RollbackAsync(writer);
            return false;
        }
        catch (PostgresException fault) when (fault.InvariantSeverity == "ERROR" && !JournalFault.IsUnavailable(fault))
        {
            await DropConnectionAsync();
            throw new InvariantException(
                $"Postgres refused commit {batch.Number} of {batch.Host}: {fault.SqlState} {fault.MessageText} ({fault.TableName} {fault.ConstraintName}). Nothing was written.");
        }
        catch (Exception fault) when (fault is PostgresException || JournalFault.IsUnavailable(fault) || (writer.Sent && fault is InvalidOperationException))
        {
            await DropConnectionAsync();
            // An ERROR is the server's word that it rolled back, also when the commit itself failed. FATAL and PANIC are not: they end the session, whatever came before.
            var answered = fault is PostgresException { InvariantSeverity: "ERROR" };
            throw JournalFault.Unavailable($"writing commit {batch.Number}", indeterminate: writer.Sent && !answered, fault);
        }
        catch
        {
            // Cancelled or a bug: the session is in the middle of something, and a fresh one costs less than finding out where.
            await DropConnectionAsync();
            throw;
        }
    }

    private async Task RollbackAsync(CommitWriter writer)
    {
        if (!writer.Began)
        {
            return;
        }

        try
        {
            await using var rollback = new NpgsqlCommand("rollback", _connection);
            await rollback.ExecuteNonQueryAsync(CancellationToken.None);
        }
        catch (Exception fault) when (JournalFault.IsUnavailable(fault))
        {
            await DropConnectionAsync();
            throw JournalFault.Unavailable("rolling back a fenced commit", indeterminate: false, fault);
        }
    }

    /// <summary>Which heads missed. Asked in a transaction that is always rolled back: heads only move forward, so the answer stays true.</summary>
    private async Task<CommitOutcome> ReadFencedAsync(CommitBatch batch, CancellationToken ct)
    {
        try
        {
            await using var transaction = await _connection!.BeginTransactionAsync(ct);
            var missed = await HeadStatements.ReadMissedAsync(_connection, batch.Streams, ct);
            await transaction.RollbackAsync(CancellationToken.None);
            return missed.Count > 0
                ? new CommitOutcome.Fenced(missed)
                : throw new InvariantException($"Commit {batch.Number} of {batch.Host} was fenced, yet every head now stands where it should.");
        }
        catch (Exception fault) when (JournalFault.IsUnavailable(fault))
        {
            await DropConnectionAsync();
            throw JournalFault.Unavailable($"asking which streams fenced commit {batch.Number}", indeterminate: false, fault);
        }
    }

    private async ValueTask DropConnectionAsync()
    {
        var connection = _connection;
        _connection = null;
        if (connection is not null)
        {
            await connection.DisposeAsync();
        }
    }
}
