using Npgsql;
using NpgsqlTypes;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>A worker has no other way into the log either: what it signs itself goes through the inbox.</summary>
public sealed class WorkerInboxCommands(FabricDataSource source)
{
    /// <summary>
    /// Enters a signed act from a worker itself: its delegation, its start. The same id twice is one row.
    /// </summary>
    /// <returns>False when the row was there already.</returns>
    public async Task<bool> EnterAsync(Intent intent, CancellationToken ct)
    {
        await using var connection = await source.OpenAsync(ct);
        return await EnterAsync(connection, intent, ct);
    }

    /// <summary>The same in the connection's transaction.</summary>
    internal static async Task<bool> EnterAsync(NpgsqlConnection connection, Intent intent, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("""
            insert into control.inbox (tenant_id, inbox_id, stream_id, kind, actor, body, payload, payload_salt, signer, signature)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing
            """, connection);
        var p = command.Parameters;
        p.Add(new NpgsqlParameter<string> { TypedValue = intent.Tenant.Value });
        p.Add(new NpgsqlParameter<Guid> { TypedValue = intent.Id });
        p.Add(new NpgsqlParameter<Guid> { TypedValue = intent.Stream.Value });
        p.Add(new NpgsqlParameter<string> { TypedValue = intent.Kind });
        p.Add(new NpgsqlParameter<string> { TypedValue = intent.Actor });
        p.Add(new NpgsqlParameter<ReadOnlyMemory<byte>> { TypedValue = intent.Body.Utf8, NpgsqlDbType = NpgsqlDbType.Text });
        p.Add(new NpgsqlParameter<byte[]?> { TypedValue = intent.Payload, NpgsqlDbType = NpgsqlDbType.Bytea });
        p.Add(new NpgsqlParameter<byte[]?> { TypedValue = intent.Salt, NpgsqlDbType = NpgsqlDbType.Bytea });
        p.Add(new NpgsqlParameter<string> { TypedValue = intent.Signer.Value });
        p.Add(new NpgsqlParameter<byte[]> { TypedValue = intent.Signature });
        return await command.ExecuteNonQueryAsync(ct) == 1;
    }
}
