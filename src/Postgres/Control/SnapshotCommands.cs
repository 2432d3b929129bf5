using Npgsql;
using NpgsqlTypes;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>Stores snapshots, hands them out to be judged, and deletes what nobody will begin from any more.</summary>
public sealed class SnapshotCommands(FabricDataSource source)
{
    /// <summary>Below what Postgres would have to move in one piece.</summary>
    private const int PartBytes = 4 * 1024 * 1024;

    private const string InsertSql = """
        insert into control.snapshot (tenant_id, stream_id, seq, root, size, stored_size)
        select $1, $2, $3, $4, $5, $6
         where exists (select 1 from control.lease l where l.tenant_id = $1 and l.stream_id = $2 and not l.finished)
        on conflict do nothing
        """;

    private const string InsertPartSql = """
        insert into control.snapshot_part (tenant_id, stream_id, seq, part, bytes) values ($1, $2, $3, $4, $5)
        """;

    // Two good ones, in case the newer turns out bad on the disk; the newest that is not judged; and one that differs, as a witness.
    private const string PruneSql = """
        delete from control.snapshot d
         where d.tenant_id = $1 and d.stream_id = $2
           and d.seq not in (select s.seq from control.snapshot s where s.tenant_id = $1 and s.stream_id = $2 and s.verdict = 'reproduced' order by s.seq desc limit 2)
           and d.seq not in (select s.seq from control.snapshot s where s.tenant_id = $1 and s.stream_id = $2 and s.verdict is null order by s.seq desc limit 1)
           and d.seq not in (select s.seq from control.snapshot s where s.tenant_id = $1 and s.stream_id = $2 and s.verdict = 'differs' order by s.seq desc limit 1)
           and (d.judge_until is null or d.judge_until < now() or d.verdict is not null)
        """;

    // One at a time in the whole fabric: a replay takes a core. The newest of each mission; those before it will not be needed.
    private const string ClaimSql = """
        update control.snapshot t
           set judge_host_id = $1, judge_until = now() + $2, tries = t.tries + 1
         where (t.tenant_id, t.stream_id, t.seq) in (
               select s.tenant_id, s.stream_id, s.seq from control.snapshot s
                where s.verdict is null and (s.judge_until is null or s.judge_until < now()
                        or s.judge_host_id in (select g.host_id from control.host g where g.state in ('stopped', 'dead')))
                  and not exists (select 1 from control.snapshot b where b.verdict is null and b.judge_until > now()
                        and b.judge_host_id not in (select g.host_id from control.host g where g.state in ('stopped', 'dead')))
                  and not exists (select 1 from control.snapshot n where n.tenant_id = s.tenant_id and n.stream_id = s.stream_id and n.seq > s.seq and n.verdict is null)
                order by s.tries, s.time_created
                limit 1
                for update skip locked)
        returning t.tenant_id, t.stream_id, t.seq, t.root, t.size, t.tries
        """;

    private const string JudgeSql = """
        update control.snapshot set verdict = $4, judge_until = null
         where tenant_id = $1 and stream_id = $2 and seq = $3 and verdict is null
           and exists (select 1 from control.lease l where l.tenant_id = $1 and l.stream_id = $2 and not l.finished)
        """;

    private const string ForgetSql = "delete from control.snapshot where tenant_id = $1 and stream_id = $2";

    /// <summary>All or nothing; the same seq again changes nothing.</summary>
    public async Task StoreAsync(SnapshotRow snapshot, ReadOnlyMemory<byte> compressed, CancellationToken ct)
    {
        await using var connection = await source.OpenAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var stream = new StreamRef(snapshot.Tenant, snapshot.Stream);
        await using var insert = new NpgsqlCommand(InsertSql, connection, transaction);
        SnapshotQueries.Add(insert.Parameters, stream, snapshot.Seq);
        insert.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = snapshot.Root });
        insert.Parameters.Add(new NpgsqlParameter<long> { TypedValue = snapshot.Size });
        insert.Parameters.Add(new NpgsqlParameter<long> { TypedValue = compressed.Length });
        if (await insert.ExecuteNonQueryAsync(ct) == 0)
        {
            return;
        }

        for (var (part, at) = (0, 0); at < compressed.Length; part++, at += PartBytes)
        {
            await using var write = new NpgsqlCommand(InsertPartSql, connection, transaction);
            SnapshotQueries.Add(write.Parameters, stream, snapshot.Seq);
            write.Parameters.Add(new NpgsqlParameter<int> { TypedValue = part });
            write.Parameters.Add(new NpgsqlParameter<ReadOnlyMemory<byte>> { TypedValue = compressed[at..Math.Min(at + PartBytes, compressed.Length)], NpgsqlDbType = NpgsqlDbType.Bytea });
            await write.ExecuteNonQueryAsync(ct);
        }

        await PruneAsync(connection, transaction, stream, ct);
        await transaction.CommitAsync(ct);
    }

    /// <summary>Takes the next snapshot to be judged, if no other host is judging one.</summary>
    /// <param name="patience">After this anyone may try again.</param>
    /// <returns>With the number of this try; null when there is nothing to do.</returns>
    public async Task<(SnapshotRow Snapshot, int Try)?> ClaimAsync(HostId host, TimeSpan patience, CancellationToken ct)
    {
        await using var connection = await source.OpenAsync(ct);
        await using var command = new NpgsqlCommand(ClaimSql, connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = host.Value });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = patience });
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct))
        {
            return null;
        }

        var row = new SnapshotRow(
            LogRows.Tenant(reader.GetString(0)), new StreamId(reader.GetGuid(1)), reader.GetInt64(2), reader.GetFieldValue<byte[]>(3), reader.GetInt64(4));
        return (row, reader.GetInt32(5));
    }

    /// <param name="verdict"><c>reproduced</c>, <c>differs</c> or <c>unanswered</c>; null: not this time, anyone may try again.</param>
    /// <param name="word">The verdict as a signed act for the mission's stream, entered with it; null without a verdict.</param>
    /// <returns>False when nobody needs it any more: the mission has ended.</returns>
    public async Task<bool> JudgeAsync(SnapshotRow snapshot, string? verdict, Intent? word, CancellationToken ct)
    {
        await using var connection = await source.OpenAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var stream = new StreamRef(snapshot.Tenant, snapshot.Stream);
        await using var command = new NpgsqlCommand(JudgeSql, connection, transaction);
        SnapshotQueries.Add(command.Parameters, stream, snapshot.Seq);
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = verdict, NpgsqlDbType = NpgsqlDbType.Text });
        if (await command.ExecuteNonQueryAsync(ct) == 0)
        {
            return false;
        }

        if (word is not null)
        {
            await WorkerInboxCommands.EnterAsync(connection, word, ct);
        }

        await PruneAsync(connection, transaction, stream, ct);
        await transaction.CommitAsync(ct);
        return true;
    }

    /// <summary>The mission ended: nobody will take it over.</summary>
    public async Task ForgetAsync(StreamRef stream, CancellationToken ct)
    {
        await using var connection = await source.OpenAsync(ct);
        await using var command = new NpgsqlCommand(ForgetSql, connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = stream.Tenant.Value });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = stream.Stream.Value });
        await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task PruneAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, StreamRef stream, CancellationToken ct)
    {
        await using var prune = new NpgsqlCommand(PruneSql, connection, transaction);
        prune.Parameters.Add(new NpgsqlParameter<string> { TypedValue = stream.Tenant.Value });
        prune.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = stream.Stream.Value });
        await prune.ExecuteNonQueryAsync(ct);
    }
}
