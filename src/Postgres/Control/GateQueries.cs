using Npgsql;
using NpgsqlTypes;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>Reads <c>control.gate</c>, and the documents gates are about.</summary>
public sealed class GateQueries(FabricDataSource source)
{
    private const string Columns =
        """
        g.mission_id, g.opened_seq, g.name, g.task_key, g.cell_id, g.ticket, g.status, g.quorum, g.roles, g.approvals, g.denied_by, g.code, g.requesters,
        g.module_digest, g.digest, g.time_expires, g.time_opened, g.ended_seq, g.time_ended
        """;

    /// <summary>Newest first; the cursor is the last row seen.</summary>
    /// <param name="states">Null: whatever became of them.</param>
    /// <param name="mission">Null: of all missions.</param>
    public async Task<IReadOnlyList<GateRow>> ListAsync(
        TenantId tenant, string[]? states, MissionId? mission, (DateTime TimeOpened, MissionId Mission, long OpenedSeq)? before, int limit, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            $"""
            select {Columns}
            from control.gate g
            where g.tenant_id = @tenant_id
                and (@states is null or g.status = any (@states))
                and (@of_mission is null or g.mission_id = @of_mission)
                and (@time_opened is null or (g.time_opened, g.mission_id, g.opened_seq) < (@time_opened, @mission_id, @opened_seq))
            order by g.time_opened desc, g.mission_id desc, g.opened_seq desc
            limit @limit
            """, connection);
        command.Parameters.AddWithValue("tenant_id", tenant.Value);
        command.Parameters.Add(new NpgsqlParameter("states", NpgsqlDbType.Array | NpgsqlDbType.Text) { Value = (object?)states ?? DBNull.Value });
        command.Parameters.Add(new NpgsqlParameter("of_mission", NpgsqlDbType.Uuid) { Value = mission is { } of ? of.Value : DBNull.Value });
        command.Parameters.Add(new NpgsqlParameter("time_opened", NpgsqlDbType.TimestampTz) { Value = before is { } a ? a.TimeOpened : DBNull.Value });
        command.Parameters.Add(new NpgsqlParameter("mission_id", NpgsqlDbType.Uuid) { Value = before is { } b ? b.Mission.Value : DBNull.Value });
        command.Parameters.Add(new NpgsqlParameter("opened_seq", NpgsqlDbType.Bigint) { Value = before is { } c ? c.OpenedSeq : DBNull.Value });
        command.Parameters.AddWithValue("limit", limit);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = new List<GateRow>();
        while (await reader.ReadAsync(cancel))
        {
            rows.Add(Read(tenant, reader));
        }

        return rows;
    }

    /// <summary>One gate with its document: the payload of the entry that opened it; null where that was erased.</summary>
    public async Task<GateWithDocument?> FindAsync(TenantId tenant, MissionId mission, long openedSeq, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            $"""
            select {Columns}, e.payload
            from control.gate g
            join journal.entry e on e.tenant_id = g.tenant_id and e.stream_id = g.mission_id and e.seq = g.opened_seq
            where g.tenant_id = @tenant_id and g.mission_id = @mission_id and g.opened_seq = @opened_seq
            """, connection);
        command.Parameters.AddWithValue("tenant_id", tenant.Value);
        command.Parameters.AddWithValue("mission_id", mission.Value);
        command.Parameters.AddWithValue("opened_seq", openedSeq);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? new GateWithDocument(Read(tenant, reader), reader.IsDBNull(19) ? null : reader.GetFieldValue<byte[]>(19)) : null;
    }

    private static GateRow Read(TenantId tenant, NpgsqlDataReader reader) => new(
        tenant,
        new MissionId(reader.GetGuid(0)),
        reader.GetInt64(1),
        reader.GetString(2),
        reader.GetString(3),
        reader.IsDBNull(4) ? null : new CellId(reader.GetGuid(4)),
        reader.GetInt64(5),
        reader.GetString(6),
        reader.GetInt32(7),
        reader.GetFieldValue<string[]>(8),
        reader.GetFieldValue<string[]>(9),
        reader.IsDBNull(10) ? null : reader.GetString(10),
        reader.IsDBNull(11) ? null : reader.GetString(11),
        reader.GetFieldValue<string[]>(12),
        new ModuleDigest(reader.GetString(13)),
        reader.GetString(14),
        Time(reader, 15),
        UnixTime.FromDateTime(reader.GetDateTime(16)),
        reader.IsDBNull(17) ? null : reader.GetInt64(17),
        Time(reader, 18));

    private static long? Time(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : UnixTime.FromDateTime(reader.GetDateTime(column));
}

/// <param name="Document">Canonical JSON; null: erased.</param>
public sealed record GateWithDocument(GateRow Gate, byte[]? Document);
