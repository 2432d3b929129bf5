using Npgsql;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>Reads <c>control.incident</c>: the crash loops of a mission.</summary>
public sealed class IncidentQueries(FabricDataSource source)
{
    /// <summary>Newest first.</summary>
    /// <param name="before">Only those opened before that entry.</param>
    public async Task<IReadOnlyList<IncidentRow>> ListAsync(TenantId tenant, MissionId mission, long before, int limit, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            """
            select opened_seq, profile, resolution, task_key, cell_id, code, fault, fault_seq, faults, holds, hold_ms, time_opened, time_closed
            from control.incident
            where tenant_id = @tenant_id and mission_id = @mission_id and opened_seq < @before
            order by opened_seq desc
            limit @limit
            """, connection);
        command.Parameters.AddWithValue("tenant_id", tenant.Value);
        command.Parameters.AddWithValue("mission_id", mission.Value);
        command.Parameters.AddWithValue("before", before);
        command.Parameters.AddWithValue("limit", limit);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = new List<IncidentRow>();
        while (await reader.ReadAsync(cancel))
        {
            rows.Add(new IncidentRow(
                tenant,
                mission,
                reader.GetInt64(0),
                reader.GetString(1),
                reader.IsDBNull(2) ? null : reader.GetString(2),
                reader.GetString(3),
                new CellId(reader.GetGuid(4)),
                reader.GetString(5),
                reader.GetString(6),
                reader.GetInt64(7),
                reader.GetInt32(8),
                reader.GetInt32(9),
                reader.GetInt64(10),
                UnixTime.FromDateTime(reader.GetDateTime(11)),
                reader.IsDBNull(12) ? null : UnixTime.FromDateTime(reader.GetDateTime(12))));
        }

        return rows;
    }
}
