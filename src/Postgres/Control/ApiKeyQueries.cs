using Npgsql;
using Voxeltron.Kernel;

namespace Voxeltron.Postgres;

/// <summary>Finds API keys by their public id.</summary>
public sealed class ApiKeyQueries(FabricDataSource source)
{
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
