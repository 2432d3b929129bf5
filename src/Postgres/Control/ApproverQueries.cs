using Npgsql;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>Reads <c>control.approver</c>: whose own keys sign decisions.</summary>
public sealed class ApproverQueries(FabricDataSource source)
{
    private const string Columns = "name, enrolled_seq, principal, public_key, kid, time_enrolled, revoked_seq, time_revoked";

    /// <summary>Who is enrolled under the name and not revoked.</summary>
    public async Task<ApproverRow?> FindAsync(TenantId tenant, string name, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            $"""
            select {Columns}
            from control.approver
            where tenant_id = @tenant_id and name = @name and revoked_seq is null
            """, connection);
        command.Parameters.AddWithValue("tenant_id", tenant.Value);
        command.Parameters.AddWithValue("name", name);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? Read(tenant, reader) : null;
    }

    /// <summary>All that were ever enrolled, newest first.</summary>
    public async Task<IReadOnlyList<ApproverRow>> ListAsync(TenantId tenant, int limit, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            $"""
            select {Columns}
            from control.approver
            where tenant_id = @tenant_id
            order by enrolled_seq desc
            limit @limit
            """, connection);
        command.Parameters.AddWithValue("tenant_id", tenant.Value);
        command.Parameters.AddWithValue("limit", limit);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = new List<ApproverRow>();
        while (await reader.ReadAsync(cancel))
        {
            rows.Add(Read(tenant, reader));
        }

        return rows;
    }

    private static ApproverRow Read(TenantId tenant, NpgsqlDataReader reader) => new(
        tenant, reader.GetString(0), reader.GetInt64(1), reader.GetString(2), reader.GetFieldValue<byte[]>(3), reader.GetString(4), UnixTime.FromDateTime(reader.GetDateTime(5)),
        reader.IsDBNull(6) ? null : reader.GetInt64(6), reader.IsDBNull(7) ? null : UnixTime.FromDateTime(reader.GetDateTime(7)));
}
