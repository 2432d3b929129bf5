using Npgsql;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>A pending act and where it stands in the order of arrival.</summary>
public sealed record PendingIntent(long Position, Intent Intent);

/// <summary>What waits to be appended. Read by stream owners, and by nobody else in a hurry.</summary>
public sealed class InboxQueries(FabricDataSource source)
{
    private const string PendingSql = """
        select position, inbox_id, kind, actor, body, payload, payload_salt, signer, signature
          from control.inbox
         where tenant_id = $1 and stream_id = $2 and consumed_seq is null and position > $3
         order by position
         limit $4
        """;

    private const string StreamsSql = """
        select distinct i.tenant_id, i.stream_id
          from control.lease l
          join control.inbox i on i.tenant_id = l.tenant_id and i.stream_id = l.stream_id and i.consumed_seq is null
         where l.host_id = $1
         order by 1, 2
        """;

    /// <summary>
    /// Pending rows in order of position. Two writers may become visible in the other order, so a row below
    /// <paramref name="afterPosition"/> can still turn up: a reader that pages must come back with 0 before it believes it has seen all.
    /// </summary>
    public async Task<IReadOnlyList<PendingIntent>> PendingAsync(TenantId tenant, StreamId stream, long afterPosition, int max, CancellationToken ct)
    {
        await using var connection = await source.OpenAsync(ct);
        await using var command = new NpgsqlCommand(PendingSql, connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = tenant.Value });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = stream.Value });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = afterPosition });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = max });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var pending = new List<PendingIntent>();
        while (await reader.ReadAsync(ct))
        {
            pending.Add(new PendingIntent(reader.GetInt64(0), new Intent(
                reader.GetGuid(1), tenant, stream, reader.GetString(2), reader.GetString(3), new EntryBody(reader.GetFieldValue<byte[]>(4)),
                reader.IsDBNull(5) ? null : reader.GetFieldValue<byte[]>(5),
                reader.IsDBNull(6) ? null : reader.GetFieldValue<byte[]>(6),
                new KeyId(reader.GetString(7)), reader.GetFieldValue<byte[]>(8))));
        }

        return pending;
    }

    /// <summary>Streams this host holds that have something pending: what a wake-up without a payload has to look at.</summary>
    public async Task<IReadOnlyList<StreamRef>> StreamsWithPendingAsync(HostId host, CancellationToken ct)
    {
        await using var connection = await source.OpenAsync(ct);
        await using var command = new NpgsqlCommand(StreamsSql, connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = host.Value });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var streams = new List<StreamRef>();
        while (await reader.ReadAsync(ct))
        {
            streams.Add(new StreamRef(new TenantId(reader.GetString(0)), new StreamId(reader.GetGuid(1))));
        }

        return streams;
    }
}
