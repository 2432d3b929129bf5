using Dapper;
using Npgsql;
using Voxeltron.Kernel;

namespace Voxeltron.Postgres;

/// <summary>Finds API keys by their public id, and lists them.</summary>
public sealed class ApiKeyQueries(FabricDataSource source)
{
    /// <summary>By tenant, then age. Revoked and expired keys too: who could come in last month is a question.</summary>
    /// <param name="tenant">Null: every tenant's.</param>
    public async Task<IReadOnlyList<ApiKeyLine>> ListAsync(TenantId? tenant, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        var rows = await connection.QueryAsync<ApiKeyLine>(new CommandDefinition(
            """
            select tenant_id as "Tenant", key_id as "KeyId", name as "Name", role as "Role",
                   time_created as "TimeCreated", time_expires as "TimeExpires", time_revoked as "TimeRevoked"
            from control.api_key
            where @tenant::text is null or tenant_id = @tenant
            order by tenant_id, time_created, key_id
            """, new { tenant = tenant?.Value }, cancellationToken: cancel));
        return rows.AsList();
    }

    /// <returns>Null when no such key was ever made. Expired and revoked keys are returned: the caller decides with its clock.</returns>
    public async Task<ApiKeyRow?> FindAsync(string keyId, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            """
            select tenant_id, key_id, name, role, secret_sha256, time_expires, time_revoked
            from control.api_key
            where key_id = @key_id
            """, connection);
        command.Parameters.AddWithValue("key_id", keyId);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        if (!await reader.ReadAsync(cancel))
        {
            return null;
        }

        return new ApiKeyRow(
            new TenantId(reader.GetString(0)),
            reader.GetString(1),
            reader.GetString(2),
            reader.GetString(3),
            reader.GetFieldValue<byte[]>(4),
            reader.IsDBNull(5) ? null : reader.GetDateTime(5),
            reader.IsDBNull(6) ? null : reader.GetDateTime(6));
    }
}
