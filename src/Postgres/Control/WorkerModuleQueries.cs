using Npgsql;
using Voxeltron.Kernel;

namespace Voxeltron.Postgres;

/// <summary>Modules as a worker needs them: which are registered, and their bytes.</summary>
public sealed class WorkerModuleQueries(FabricDataSource source)
{
    private const string WasmSql = """
        select e.payload
          from control.module m
          join journal.entry e on e.tenant_id = m.tenant_id and e.stream_id = $3 and e.seq = m.submitted_seq
         where m.tenant_id = $1 and m.module_digest = $2 and m.status = 'registered'
        """;

    private const string RegisteredSql = """
        select module_digest from control.module
         where tenant_id = $1 and module_digest = any ($2::text[]) and status = 'registered'
        """;

    /// <summary>The uploaded bytes, from the payload of the entry that brought them. The caller checks them against the digest before use.</summary>
    /// <returns>Null when the module is not registered, or its payload was erased.</returns>
    public async Task<byte[]?> ReadWasmAsync(TenantId tenant, ModuleDigest digest, CancellationToken ct)
    {
        await using var connection = await source.OpenAsync(ct);
        await using var command = new NpgsqlCommand(WasmSql, connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = tenant.Value });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = digest.Value });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = StreamId.System(tenant).Value });
        return await command.ExecuteScalarAsync(ct) as byte[];
    }

    /// <summary>Which of these modules the tenant may run.</summary>
    public async Task<IReadOnlySet<ModuleDigest>> RegisteredAsync(TenantId tenant, IReadOnlyCollection<ModuleDigest> digests, CancellationToken ct)
    {
        await using var connection = await source.OpenAsync(ct);
        await using var command = new NpgsqlCommand(RegisteredSql, connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = tenant.Value });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. digests.Select(static d => d.Value)] });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var registered = new HashSet<ModuleDigest>();
        while (await reader.ReadAsync(ct))
        {
            registered.Add(new ModuleDigest(reader.GetString(0)));
        }

        return registered;
    }
}
