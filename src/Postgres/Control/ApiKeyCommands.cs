using Npgsql;
using NpgsqlTypes;
using Voxeltron.Kernel;

namespace Voxeltron.Postgres;

/// <summary>Makes and revokes API keys.</summary>
public sealed class ApiKeyCommands(FabricDataSource source)
{
    /// <param name="keyId">The public part.</param>
    /// <param name="secretSha256">All that is ever stored of the secret.</param>
    public async Task CreateAsync(
        TenantId tenant, string keyId, string name, string role, byte[] secretSha256, DateTime? timeExpires, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            """
            insert into control.api_key (tenant_id, key_id, name, role, secret_sha256, time_created, time_expires)
            values (@tenant_id, @key_id, @name, @role, @secret_sha256, now(), @time_expires)
            """, connection);
        command.Parameters.AddWithValue("tenant_id", tenant.Value);
        command.Parameters.AddWithValue("key_id", keyId);
        command.Parameters.AddWithValue("name", name);
        command.Parameters.AddWithValue("role", role);
        command.Parameters.AddWithValue("secret_sha256", secretSha256);
        command.Parameters.Add(new NpgsqlParameter("time_expires", NpgsqlDbType.TimestampTz) { Value = (object?)timeExpires ?? DBNull.Value });
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>Revokes from now on; every Api process notices within a second.</summary>
    /// <returns>False when the tenant has no such live key.</returns>
    public async Task<bool> RevokeAsync(TenantId tenant, string keyId, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            """
            update control.api_key
            set time_revoked = now()
            where tenant_id = @tenant_id and key_id = @key_id and time_revoked is null
            """, connection);
        command.Parameters.AddWithValue("tenant_id", tenant.Value);
        command.Parameters.AddWithValue("key_id", keyId);
        return await command.ExecuteNonQueryAsync(cancel) == 1;
    }
}
