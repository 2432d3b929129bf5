using Npgsql;
using Voxeltron.Kernel;

namespace Voxeltron.Postgres;

/// <summary>A row of <c>control.idempotency</c>.</summary>
public sealed record IdempotencyRow(byte[] RequestSha256, Guid InboxId, string Resource);

/// <summary>Reads what earlier requests recorded under their keys.</summary>
public sealed class IdempotencyQueries(FabricDataSource source)
{
    public async Task<IdempotencyRow?> FindAsync(TenantId tenant, string scope, string idempotencyKey, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            """
            select request_sha256, inbox_id, resource
            from control.idempotency
            where tenant_id = @tenant_id and scope = @scope and idempotency_key = @idempotency_key
            """, connection);
        command.Parameters.AddWithValue("tenant_id", tenant.Value);
        command.Parameters.AddWithValue("scope", scope);
        command.Parameters.AddWithValue("idempotency_key", idempotencyKey);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel)
            ? new IdempotencyRow(reader.GetFieldValue<byte[]>(0), reader.GetGuid(1), reader.GetString(2))
            : null;
    }
}
