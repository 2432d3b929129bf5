using Npgsql;
using Voxeltron.Kernel;

namespace Voxeltron.Postgres;

/// <summary>Reads <c>control.cell_health</c>.</summary>
public sealed class CellHealthQueries(FabricDataSource source)
{
    /// <summary>Cells of a mission by task key, of the host that owns it now: what another said is over.</summary>
    public async Task<IReadOnlyList<CellHealthSeen>> OfMissionAsync(TenantId tenant, MissionId mission, string after, int limit, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            """
            select h.task_key, h.cell_id, h.host_id, h.attempt, h.hibernated, h.events, h.last_event, h.time_last_event, h.queue, h.memory_bytes, h.fuel, h.fuel_last,
                   h.faults, h.restarts, h.last_fault, h.time_updated
              from control.cell_health h
              join control.lease l on l.tenant_id = h.tenant_id and l.stream_id = h.mission_id and l.host_id = h.host_id
             where h.tenant_id = @tenant_id and h.mission_id = @mission_id and h.task_key > @after
             order by h.task_key
             limit @limit
            """, connection);
        command.Parameters.AddWithValue("tenant_id", tenant.Value);
        command.Parameters.AddWithValue("mission_id", mission.Value);
        command.Parameters.AddWithValue("after", after);
        command.Parameters.AddWithValue("limit", limit);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = new List<CellHealthSeen>();
        while (await reader.ReadAsync(cancel))
        {
            rows.Add(new CellHealthSeen(
                new CellHealthRow(
                    tenant, mission, reader.GetString(0), new CellId(reader.GetGuid(1)), new HostId(reader.GetGuid(2)), reader.GetInt32(3), reader.GetBoolean(4), reader.GetInt64(5),
                    reader.GetString(6), UnixTime.FromDateTime(reader.GetDateTime(7)), reader.GetInt32(8), reader.GetInt64(9), reader.GetInt64(10), reader.GetInt64(11),
                    reader.GetInt32(12), reader.GetInt32(13), reader.IsDBNull(14) ? null : reader.GetString(14)),
                reader.GetDateTime(15)));
        }

        return rows;
    }
}

public sealed record CellHealthSeen(CellHealthRow Cell, DateTime TimeUpdated);
