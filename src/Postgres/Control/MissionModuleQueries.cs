using Npgsql;
using NpgsqlTypes;
using Voxeltron.Kernel;

namespace Voxeltron.Postgres;

/// <summary>Reads <c>control.mission_module</c>: which version of a module runs where.</summary>
public sealed class MissionModuleQueries(FabricDataSource source)
{
    private const string Columns =
        """
        x.mission_id, x.declared_digest, x.current_digest, x.previous_digest, x.status, x.reload_to, x.answered_seq, x.outcome, x.outcome_code, x.last_seq,
        x.time_modified, (select m.name from control.module m where m.tenant_id = x.tenant_id and m.module_digest = x.declared_digest)
        """;

    /// <summary>The modules of one mission.</summary>
    public async Task<IReadOnlyList<MissionModule>> OfMissionAsync(TenantId tenant, MissionId mission, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            $"""
            select {Columns}
            from control.mission_module x
            where x.tenant_id = @tenant_id and x.mission_id = @mission_id
            order by x.declared_digest
            """, connection);
        command.Parameters.AddWithValue("tenant_id", tenant.Value);
        command.Parameters.AddWithValue("mission_id", mission.Value);
        return await ReadAllAsync(command, cancel);
    }

    /// <summary>Missions that have not ended and declare a module registered under that name, each with the version it runs; by mission.</summary>
    /// <param name="missions">Only these; null for all.</param>
    public async Task<IReadOnlyList<MissionModule>> RunningAsync(
        TenantId tenant, string name, IReadOnlyCollection<MissionId>? missions, int limit, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            $"""
            select {Columns}
            from control.module named
            join control.mission_module x on x.tenant_id = named.tenant_id and x.declared_digest = named.module_digest
            where named.tenant_id = @tenant_id and named.name = @name and x.status <> 'ended'
                and (@missions is null or x.mission_id = any(@missions))
            order by x.mission_id, x.declared_digest
            limit @limit
            """, connection);
        command.Parameters.AddWithValue("tenant_id", tenant.Value);
        command.Parameters.AddWithValue("name", name);
        command.Parameters.Add(new NpgsqlParameter("missions", NpgsqlDbType.Array | NpgsqlDbType.Uuid)
        {
            Value = missions is null ? DBNull.Value : missions.Select(static mission => mission.Value).ToArray(),
        });
        command.Parameters.AddWithValue("limit", limit);
        return await ReadAllAsync(command, cancel);
    }

    private static async Task<IReadOnlyList<MissionModule>> ReadAllAsync(NpgsqlCommand command, CancellationToken cancel)
    {
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = new List<MissionModule>();
        while (await reader.ReadAsync(cancel))
        {
            rows.Add(new MissionModule(
                new MissionId(reader.GetGuid(0)),
                new ModuleDigest(reader.GetString(1)),
                new ModuleDigest(reader.GetString(2)),
                Digest(reader, 3),
                reader.GetString(4),
                Digest(reader, 5),
                reader.IsDBNull(6) ? null : reader.GetInt64(6),
                reader.IsDBNull(7) ? null : reader.GetString(7),
                reader.IsDBNull(8) ? null : reader.GetString(8),
                reader.GetInt64(9),
                reader.GetDateTime(10),
                reader.IsDBNull(11) ? null : reader.GetString(11)));
        }

        return rows;
    }

    private static ModuleDigest? Digest(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : new ModuleDigest(reader.GetString(column));
}

/// <summary>A row of <c>control.mission_module</c>.</summary>
/// <param name="Name">What the declared module is registered as.</param>
public sealed record MissionModule(
    MissionId Mission, ModuleDigest Declared, ModuleDigest Current, ModuleDigest? Previous, string Status, ModuleDigest? ReloadTo,
    long? AnsweredSeq, string? Outcome, string? OutcomeCode, long LastSeq, DateTime TimeModified, string? Name);
