using Npgsql;
using NpgsqlTypes;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>Reads <c>control.mission</c>, and what was submitted for a mission that no owner has read yet.</summary>
public sealed class MissionQueries(FabricDataSource source)
{
    private const string Columns =
        """
        mission_id, name, status, spec_digest, seq, epoch, tasks_total, tasks_waiting, tasks_running, tasks_completed,
        tasks_refused, tasks_failed, tasks_skipped, reason, time_created, time_modified, time_completed
        """;

    public async Task<MissionRow?> FindAsync(TenantId tenant, MissionId mission, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            $"""
            select {Columns}
            from control.mission
            where tenant_id = @tenant_id and mission_id = @mission_id
            """, connection);
        command.Parameters.AddWithValue("tenant_id", tenant.Value);
        command.Parameters.AddWithValue("mission_id", mission.Value);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? Read(tenant, reader) : null;
    }

    /// <summary>Newest first. The cursor is the last row seen: its creation time and id.</summary>
    public async Task<IReadOnlyList<MissionRow>> ListAsync(
        TenantId tenant, string? status, (DateTime TimeCreated, MissionId Mission)? before, int limit, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            $"""
            select {Columns}
            from control.mission
            where tenant_id = @tenant_id
                and (@status is null or status = @status)
                and (@time_created is null or (time_created, mission_id) < (@time_created, @mission_id))
            order by time_created desc, mission_id desc
            limit @limit
            """, connection);
        command.Parameters.AddWithValue("tenant_id", tenant.Value);
        command.Parameters.Add(new NpgsqlParameter("status", NpgsqlDbType.Text) { Value = (object?)status ?? DBNull.Value });
        command.Parameters.Add(new NpgsqlParameter("time_created", NpgsqlDbType.TimestampTz) { Value = before is { } b ? b.TimeCreated : DBNull.Value });
        command.Parameters.Add(new NpgsqlParameter("mission_id", NpgsqlDbType.Uuid) { Value = before is { } c ? c.Mission.Value : DBNull.Value });
        command.Parameters.AddWithValue("limit", limit);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = new List<MissionRow>();
        while (await reader.ReadAsync(cancel))
        {
            rows.Add(Read(tenant, reader));
        }

        return rows;
    }

    /// <summary>
    /// The spec as it was submitted: from the inbox while it waits, from the log once an owner appended it
    /// (an owner reads the inbox in order, so it is among the stream's first entries).
    /// </summary>
    public async Task<SubmittedMission?> FindSubmittedAsync(TenantId tenant, MissionId mission, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            """
            select inbox_id, body, payload, time_created, consumed_seq
            from control.inbox
            where tenant_id = @tenant_id and stream_id = @stream_id and kind = 'mission.submitted' and consumed_seq is null
            union all
            select (body::jsonb -> 'intent' ->> 'id')::uuid, body, payload, time, seq
            from journal.entry
            where tenant_id = @tenant_id and stream_id = @stream_id and seq <= 16 and kind = 'mission.submitted'
            limit 1
            """, connection);
        command.Parameters.AddWithValue("tenant_id", tenant.Value);
        command.Parameters.AddWithValue("stream_id", mission.Value);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel)
            ? new SubmittedMission(
                reader.GetGuid(0),
                reader.GetString(1),
                reader.IsDBNull(2) ? null : reader.GetFieldValue<byte[]>(2),
                reader.GetDateTime(3),
                reader.IsDBNull(4) ? null : reader.GetInt64(4))
            : null;
    }

    private static MissionRow Read(TenantId tenant, NpgsqlDataReader reader) => new(
        tenant,
        new MissionId(reader.GetGuid(0)),
        reader.GetString(1),
        reader.GetString(2),
        reader.GetString(3),
        reader.GetInt64(4),
        reader.GetInt64(5),
        reader.GetInt32(6),
        reader.GetInt32(7),
        reader.GetInt32(8),
        reader.GetInt32(9),
        reader.GetInt32(10),
        reader.GetInt32(11),
        reader.GetInt32(12),
        reader.IsDBNull(13) ? null : reader.GetString(13),
        UnixTime.FromDateTime(reader.GetDateTime(14)),
        UnixTime.FromDateTime(reader.GetDateTime(15)),
        reader.IsDBNull(16) ? null : UnixTime.FromDateTime(reader.GetDateTime(16)));
}

/// <summary>A <c>mission.submitted</c> intent, in the inbox (<paramref name="Seq"/> null) or in the log.</summary>
/// <param name="Payload">The spec's canonical bytes; null after erasure.</param>
public sealed record SubmittedMission(Guid IntentId, string Body, byte[]? Payload, DateTime TimeCreated, long? Seq);
