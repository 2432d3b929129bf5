using Npgsql;

namespace Voxeltron.Postgres;

/// <summary>Reads <c>control.host</c>: worker hosts that run, and what each has left for cells.</summary>
public sealed class HostQueries(FabricDataSource source)
{
    /// <summary>Hosts that start, live or drain, oldest first.</summary>
    public async Task<IReadOnlyList<HostSeen>> RunningAsync(CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            """
            select h.host_id, h.machine, h.process_id, h.state, h.cells_live, h.cell_capacity, h.tasks_waiting, h.mappings, h.mappings_limit, h.memory_bytes,
                   h.memory_limit_bytes, h.machine_free_bytes, h.refuses, h.time_started, h.time_renewed, h.cells_hibernated, h.spool_bytes, h.hibernation_left,
                   (select count(*) from control.lease l where l.host_id = h.host_id)
              from control.host h
             where h.state in ('starting', 'live', 'draining')
             order by h.time_started, h.host_id
            """, connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var hosts = new List<HostSeen>();
        while (await reader.ReadAsync(cancel))
        {
            hosts.Add(new HostSeen(
                reader.GetGuid(0),
                reader.GetString(1),
                reader.GetInt32(2),
                reader.GetString(3),
                reader.GetInt32(5),
                new HostBudgets(
                    reader.GetInt32(4), reader.GetInt32(6), reader.GetInt64(7), reader.GetInt64(8), reader.GetInt64(9), reader.GetInt64(10), reader.GetInt64(11),
                    reader.IsDBNull(12) ? null : reader.GetString(12), reader.GetInt32(15), reader.GetInt64(16), reader.GetInt32(17)),
                reader.GetInt64(18),
                reader.GetDateTime(13),
                reader.GetDateTime(14)));
        }

        return hosts;
    }
}

/// <param name="Streams">Missions and system missions it owns.</param>
public sealed record HostSeen(
    Guid Host, string Machine, int ProcessId, string State, int CellCapacity, HostBudgets Budgets, long Streams, DateTime TimeStarted, DateTime TimeRenewed);
