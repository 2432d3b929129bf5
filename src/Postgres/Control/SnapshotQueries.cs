using Npgsql;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>Snapshots to begin from: those an independent replay reproduced.</summary>
public sealed class SnapshotQueries(FabricDataSource source)
{
    private const string GoodSql = """
        select seq, root, size from control.snapshot
         where tenant_id = $1 and stream_id = $2 and seq < $3 and verdict = 'reproduced'
         order by seq desc
        """;

    private const string PartsSql = "select bytes from control.snapshot_part where tenant_id = $1 and stream_id = $2 and seq = $3 order by part";

    /// <param name="before">Only those of an earlier seq.</param>
    /// <returns>The newest first; few, older ones are deleted.</returns>
    public async Task<IReadOnlyList<SnapshotRow>> GoodAsync(StreamRef stream, long before, CancellationToken ct)
    {
        await using var connection = await source.OpenAsync(ct);
        await using var command = new NpgsqlCommand(GoodSql, connection);
        Add(command.Parameters, stream, before);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<SnapshotRow>();
        while (await reader.ReadAsync(ct))
        {
            rows.Add(new SnapshotRow(stream.Tenant, stream.Stream, reader.GetInt64(0), reader.GetFieldValue<byte[]>(1), reader.GetInt64(2)));
        }

        return rows;
    }

    /// <returns>The compressed bytes; empty when they were deleted meanwhile.</returns>
    public async Task<byte[]> ReadAsync(SnapshotRow snapshot, CancellationToken ct)
    {
        await using var connection = await source.OpenAsync(ct);
        await using var command = new NpgsqlCommand(PartsSql, connection);
        Add(command.Parameters, new StreamRef(snapshot.Tenant, snapshot.Stream), snapshot.Seq);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var bytes = new MemoryStream();
        while (await reader.ReadAsync(ct))
        {
            bytes.Write(reader.GetFieldValue<byte[]>(0));
        }

        return bytes.ToArray();
    }

    internal static void Add(NpgsqlParameterCollection parameters, StreamRef stream, long seq)
    {
        parameters.Add(new NpgsqlParameter<string> { TypedValue = stream.Tenant.Value });
        parameters.Add(new NpgsqlParameter<Guid> { TypedValue = stream.Stream.Value });
        parameters.Add(new NpgsqlParameter<long> { TypedValue = seq });
    }
}
