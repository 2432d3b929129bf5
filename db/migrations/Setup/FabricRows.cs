using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Voxeltron.Hosting;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Migrations.Setup;

/// <summary>The rows a fabric begins with. Written in one transaction: a fabric is there or it is not.</summary>
internal sealed class FabricRows(NpgsqlConnection connection)
{
    /// <summary>Who founded the fabric in this database; null if nobody has yet.</summary>
    public async Task<Founder?> ReadFounderAsync(CancellationToken cancel)
    {
        // The inbox row until housekeeping removes it, the first entry of the log once a worker has run.
        const string sql = """
            select body from journal.entry
            where tenant_id = @tenant and stream_id = @stream and seq = 1
            union all
            select body from control.inbox
            where tenant_id = @tenant and stream_id = @stream and kind = @kind
            limit 1
            """;
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddWithValue("tenant", TenantId.Fabric.Value);
        command.Parameters.AddWithValue("stream", StreamId.System(TenantId.Fabric).Value);
        command.Parameters.AddWithValue("kind", EntryKinds.Genesis);
        if (await command.ExecuteScalarAsync(cancel) is not string body)
        {
            return null;
        }

        using var json = JsonDocument.Parse(body);
        return new Founder(
            json.RootElement.GetProperty("fabric").GetString()!,
            json.RootElement.GetProperty("root").GetProperty("kid").GetString()!);
    }

    /// <returns>Whether it was new.</returns>
    public Task<bool> AddTenantAsync(TenantId tenant, string displayName, CancellationToken cancel) => InsertAsync(
        """
        insert into control.tenant (tenant_id, display_name)
        values (@tenant, @display_name)
        on conflict do nothing
        """,
        cancel,
        ("tenant", tenant.Value),
        ("display_name", displayName));

    /// <summary>Makes the tenant's system stream claimable by a worker host.</summary>
    public Task<bool> AddSystemLeaseAsync(TenantId tenant, CancellationToken cancel) => InsertAsync(
        """
        insert into control.lease (tenant_id, stream_id, role)
        values (@tenant, @stream, 'system')
        on conflict do nothing
        """,
        cancel,
        ("tenant", tenant.Value),
        ("stream", StreamId.System(tenant).Value));

    public Task<bool> AddIntentAsync(Intent intent, CancellationToken cancel) => InsertAsync(
        """
        insert into control.inbox (tenant_id, inbox_id, stream_id, kind, actor, body, signer, signature)
        values (@tenant, @id, @stream, @kind, @actor, @body, @signer, @signature)
        """,
        cancel,
        ("tenant", intent.Tenant.Value),
        ("id", intent.Id),
        ("stream", intent.Stream.Value),
        ("kind", intent.Kind),
        ("actor", intent.Actor),
        ("body", intent.Body.ToString()),
        ("signer", intent.Signer.Value),
        ("signature", intent.Signature));

    public Task<bool> AddApiKeyAsync(TenantId tenant, ApiKeyText key, CancellationToken cancel) => InsertAsync(
        """
        insert into control.api_key (tenant_id, key_id, name, role, secret_sha256)
        values (@tenant, @key_id, 'first key', 'operator', @secret_sha256)
        on conflict (key_id) do nothing
        """,
        cancel,
        ("tenant", tenant.Value),
        ("key_id", key.KeyId),
        ("secret_sha256", key.SecretSha256()));

    private async Task<bool> InsertAsync(string sql, CancellationToken cancel, params (string Name, object Value)[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var (name, value) in values)
        {
            command.Parameters.Add(new NpgsqlParameter(name, value switch
            {
                Guid => NpgsqlDbType.Uuid,
                byte[] => NpgsqlDbType.Bytea,
                _ => NpgsqlDbType.Text,
            }) { Value = value });
        }

        return await command.ExecuteNonQueryAsync(cancel) == 1;
    }
}
