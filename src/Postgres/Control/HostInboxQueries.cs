using Npgsql;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>The inbox as one host sees it: one query serves every stream it holds, whatever their number.</summary>
public sealed class HostInboxQueries(FabricDataSource source)
{
    private const string PendingSql = """
        select i.position, i.tenant_id, i.stream_id, i.inbox_id, i.kind, i.actor, i.body, i.payload, i.payload_salt, i.signer, i.signature
          from control.inbox i
          join control.lease l on l.tenant_id = i.tenant_id and l.stream_id = i.stream_id
         where i.consumed_seq is null and i.position > $2 and l.host_id = $1
         order by i.position
         limit $3
        """;

    private const string PendingOfSql = """
        select i.position, i.tenant_id, i.stream_id, i.inbox_id, i.kind, i.actor, i.body, i.payload, i.payload_salt, i.signer, i.signature
          from control.inbox i
         where i.tenant_id = $1 and i.stream_id = $4 and i.consumed_seq is null and i.position > $2
         order by i.position
         limit $3
        """;

    private const string ConsumedSql = "select consumed_seq is not null from control.inbox where tenant_id = $1 and inbox_id = $2";

    /// <summary>Payload bytes of one answer beyond which the rest is left to the next call.</summary>
    private const long MostBytes = 32 * 1024 * 1024;

    /// <summary>Unconsumed rows of all streams this host holds, in order of position, after <paramref name="afterPosition"/>.</summary>
    public async Task<PendingPage> PendingAsync(HostId host, long afterPosition, int max, CancellationToken ct)
    {
        await using var connection = await source.OpenAsync(ct);
        await using var command = new NpgsqlCommand(PendingSql, connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = host.Value });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = afterPosition });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = max });
        return await ReadAsync(command, max, ct);
    }

    /// <summary>The same of one stream.</summary>
    public async Task<PendingPage> PendingOfAsync(TenantId tenant, StreamId stream, long afterPosition, int max, CancellationToken ct)
    {
        await using var connection = await source.OpenAsync(ct);
        await using var command = new NpgsqlCommand(PendingOfSql, connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = tenant.Value });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = afterPosition });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = max });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = stream.Value });
        return await ReadAsync(command, max, ct);
    }

    private static async Task<PendingPage> ReadAsync(NpgsqlCommand command, int max, CancellationToken ct)
    {
        await using var reader = await command.ExecuteReaderAsync(ct);
        var pending = new List<PendingIntent>();
        var bytes = 0L;
        while (bytes < MostBytes && await reader.ReadAsync(ct))
        {
            var payload = reader.IsDBNull(7) ? null : reader.GetFieldValue<byte[]>(7);
            bytes += payload?.Length ?? 0;
            pending.Add(new PendingIntent(reader.GetInt64(0), new Intent(
                reader.GetGuid(3), new TenantId(reader.GetString(1)), new StreamId(reader.GetGuid(2)), reader.GetString(4), reader.GetString(5),
                new EntryBody(reader.GetFieldValue<byte[]>(6)), payload, reader.IsDBNull(8) ? null : reader.GetFieldValue<byte[]>(8),
                new KeyId(reader.GetString(9)), reader.GetFieldValue<byte[]>(10))));
        }

        return new PendingPage(pending, More: pending.Count == max || bytes >= MostBytes);
    }

    /// <summary>Whether the row became an entry.</summary>
    public async Task<bool> IsConsumedAsync(TenantId tenant, Guid inboxId, CancellationToken ct)
    {
        await using var connection = await source.OpenAsync(ct);
        await using var command = new NpgsqlCommand(ConsumedSql, connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = tenant.Value });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = inboxId });
        return await command.ExecuteScalarAsync(ct) is true;
    }
}

/// <param name="More">The page was cut by its count or by its bytes: there may be more after the last position.</param>
public sealed record PendingPage(IReadOnlyList<PendingIntent> Rows, bool More);
