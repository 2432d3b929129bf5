using Npgsql;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>Reads <c>control.module</c>; a module's bytes are the payload of its <c>module.submitted</c> entry.</summary>
public sealed class ModuleQueries(FabricDataSource source)
{
    private const string Columns =
        "module_digest, name, status, size_bytes, abi_version, imports, exports, reason_code, reason, submitted_seq, time_created, stays_warm_code, stays_warm_reason";

    public async Task<ModuleRow?> FindAsync(TenantId tenant, ModuleDigest digest, CancellationToken cancel) =>
        (await FindManyAsync(tenant, [digest], cancel)).SingleOrDefault();

    /// <summary>The known ones among the digests, in no order.</summary>
    public async Task<IReadOnlyList<ModuleRow>> FindManyAsync(TenantId tenant, IReadOnlyCollection<ModuleDigest> digests, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            $"""
            select {Columns}
            from control.module
            where tenant_id = @tenant_id and module_digest = any(@digests)
            """, connection);
        command.Parameters.AddWithValue("tenant_id", tenant.Value);
        command.Parameters.AddWithValue("digests", digests.Select(static digest => digest.Value).ToArray());
        return await ReadAllAsync(tenant, command, cancel);
    }

    public async Task<IReadOnlyList<ModuleRow>> ListAsync(TenantId tenant, string after, int limit, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            $"""
            select {Columns}
            from control.module
            where tenant_id = @tenant_id and module_digest > @after
            order by module_digest
            limit @limit
            """, connection);
        command.Parameters.AddWithValue("tenant_id", tenant.Value);
        command.Parameters.AddWithValue("after", after);
        command.Parameters.AddWithValue("limit", limit);
        return await ReadAllAsync(tenant, command, cancel);
    }

    /// <returns>Null when the module is unknown, refused, or its payload was erased.</returns>
    public async Task<byte[]?> ReadWasmAsync(TenantId tenant, ModuleDigest digest, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            """
            select e.payload
            from control.module m
            join journal.entry e
                on e.tenant_id = m.tenant_id and e.stream_id = @system_stream_id and e.seq = m.submitted_seq
            where m.tenant_id = @tenant_id and m.module_digest = @digest and m.status = 'registered'
            """, connection);
        command.Parameters.AddWithValue("tenant_id", tenant.Value);
        command.Parameters.AddWithValue("system_stream_id", StreamId.System(tenant).Value);
        command.Parameters.AddWithValue("digest", digest.Value);
        return await command.ExecuteScalarAsync(cancel) as byte[];
    }

    private static async Task<IReadOnlyList<ModuleRow>> ReadAllAsync(TenantId tenant, NpgsqlCommand command, CancellationToken cancel)
    {
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = new List<ModuleRow>();
        while (await reader.ReadAsync(cancel))
        {
            rows.Add(new ModuleRow(
                tenant,
                new ModuleDigest(reader.GetString(0)),
                reader.GetString(1),
                reader.GetString(2),
                reader.GetInt64(3),
                reader.IsDBNull(4) ? null : reader.GetInt32(4),
                reader.IsDBNull(5) ? [] : reader.GetFieldValue<string[]>(5),
                reader.IsDBNull(6) ? [] : reader.GetFieldValue<string[]>(6),
                reader.IsDBNull(7) ? null : reader.GetString(7),
                reader.IsDBNull(8) ? null : reader.GetString(8),
                reader.GetInt64(9),
                UnixTime.FromDateTime(reader.GetDateTime(10)),
                reader.IsDBNull(11) ? null : reader.GetString(11),
                reader.IsDBNull(12) ? null : reader.GetString(12)));
        }

        return rows;
    }
}
