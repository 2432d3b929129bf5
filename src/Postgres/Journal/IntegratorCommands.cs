using Npgsql;
using NpgsqlTypes;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>
/// Gives commits their places in the Merkle log. Every worker host may try; a transaction-scoped advisory lock lets one in at a
/// time, and numbering starts from what the table says, so a host that dies in the middle leaves nothing behind.
/// </summary>
public sealed class IntegratorCommands(FabricDataSource source)
{
    // Hosts by a loose scan over the key of journal.commit, then each host's commits after its last numbered one.
    private const string UnnumberedSql = """
        with recursive host as (
          (select c.host_id from journal.commit c order by c.host_id limit 1)
          union all
          select (select c.host_id from journal.commit c where c.host_id > h.host_id order by c.host_id limit 1)
            from host h where h.host_id is not null
        )
        select c.host_id, c.number, c.time, c.stream_count, c.entry_count, c.root, c.previous, c.signer, c.signature
          from host h
          cross join lateral (select coalesce(max(l.commit_number), 0) as number from journal.leaf l where l.host_id = h.host_id) done
          cross join lateral (select * from journal.commit c
                where c.host_id = h.host_id and c.number > done.number order by c.number limit $1) c
         where h.host_id is not null
        """;

    private const string InsertLeavesSql = """
        insert into journal.leaf (leaf_index, host_id, commit_number, leaf)
        select * from unnest($1::bigint[], $2::uuid[], $3::bigint[], $4::bytea[])
        """;

    private const string ReadLeavesSql = """
        select leaf_index, host_id, commit_number, leaf from journal.leaf where leaf_index >= $1 order by leaf_index limit $2
        """;

    /// <summary>Numbers commits that have no leaf yet, oldest first, a host's own always in its order.</summary>
    /// <param name="leafOf">The leaf hash of a commit: over its statement and signature.</param>
    /// <returns>The new leaves in order; empty when there were none, or when another host is at it.</returns>
    public async Task<IReadOnlyList<LeafRow>> NumberAsync(Func<CommitRow, byte[]> leafOf, int max, CancellationToken ct)
    {
        await using var connection = await source.OpenAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (!await TryLockAsync(connection, ct))
        {
            return [];
        }

        var next = await ReadNextIndexAsync(connection, ct);
        var commits = await ReadUnnumberedAsync(connection, max, ct);
        var leaves = new List<LeafRow>(Math.Min(max, commits.Count));
        foreach (var commit in CommitOrder.Merge(commits).Take(max))
        {
            leaves.Add(new LeafRow(next++, commit.Host, commit.Number, leafOf(commit)));
        }

        if (leaves.Count > 0)
        {
            await InsertAsync(connection, leaves, ct);
        }

        await transaction.CommitAsync(ct);
        return leaves;
    }

    /// <summary>Leaves from an index on, for growing the tree.</summary>
    public async Task<IReadOnlyList<LeafRow>> ReadLeavesAsync(long fromIndex, int max, CancellationToken ct)
    {
        await using var connection = await source.OpenAsync(ct);
        await using var command = new NpgsqlCommand(ReadLeavesSql, connection);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = fromIndex });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = max });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var leaves = new List<LeafRow>();
        while (await reader.ReadAsync(ct))
        {
            leaves.Add(LogRows.Leaf(reader));
        }

        return leaves;
    }

    /// <returns>False when a checkpoint of this size exists already.</returns>
    public async Task<bool> InsertCheckpointAsync(CheckpointRow checkpoint, CancellationToken ct)
    {
        await using var connection = await source.OpenAsync(ct);
        await using var command = new NpgsqlCommand(
            "insert into journal.checkpoint (tree_size, root, note) values ($1, $2, $3) on conflict do nothing", connection);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = checkpoint.TreeSize });
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = checkpoint.Root });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = checkpoint.Note });
        return await command.ExecuteNonQueryAsync(ct) == 1;
    }

    /// <returns>Null before the first one.</returns>
    public async Task<CheckpointRow?> ReadLatestCheckpointAsync(CancellationToken ct)
    {
        await using var connection = await source.OpenAsync(ct);
        await using var command = new NpgsqlCommand("select tree_size, root, note from journal.checkpoint order by tree_size desc limit 1", connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? LogRows.Checkpoint(reader) : null;
    }

    private static async Task<bool> TryLockAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select pg_try_advisory_xact_lock(7708, 1)", connection);
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    private static async Task<long> ReadNextIndexAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select coalesce(max(leaf_index) + 1, 0) from journal.leaf", connection);
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    private static async Task<IReadOnlyList<CommitRow>> ReadUnnumberedAsync(NpgsqlConnection connection, int max, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(UnnumberedSql, connection);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = max });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var commits = new List<CommitRow>();
        while (await reader.ReadAsync(ct))
        {
            commits.Add(LogRows.Commit(reader));
        }

        return commits;
    }

    private static async Task InsertAsync(NpgsqlConnection connection, List<LeafRow> leaves, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(InsertLeavesSql, connection);
        var columns = new Columns(command.Parameters, leaves.Count);
        columns.Add(NpgsqlDbType.Bigint, leaves, static l => l.Index);
        columns.Add(NpgsqlDbType.Uuid, leaves, static l => l.Host.Value);
        columns.Add(NpgsqlDbType.Bigint, leaves, static l => l.CommitNumber);
        columns.Add(NpgsqlDbType.Bytea, leaves, static l => l.Leaf);
        await command.ExecuteNonQueryAsync(ct);
    }
}
