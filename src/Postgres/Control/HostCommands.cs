using Npgsql;
using NpgsqlTypes;
using Voxeltron.Kernel;

namespace Voxeltron.Postgres;

/// <summary>The host's own row: register, renew once a second, stop.</summary>
public sealed class HostCommands(FabricDataSource source)
{
    private const string RegisterSql = """
        insert into control.host (host_id, machine, process_id, lock_key, key_id, state, cell_capacity, metrics_url)
        values ($1, $2, $3, $4, $5, 'starting', $6, $7)
        """;

    // A host once declared dead stays dead: its streams are elsewhere by now, and identity is per incarnation.
    private const string RenewSql = """
        update control.host set time_renewed = now(), state = $2, cells_live = $3, tasks_waiting = $4, mappings = $5, mappings_limit = $6,
               memory_bytes = $7, memory_limit_bytes = $8, machine_free_bytes = $9, refuses = $10,
               cells_hibernated = $11, spool_bytes = $12, hibernation_left = $13
         where host_id = $1 and state in ('starting', 'live', 'draining')
        """;

    private const string StopSql = """
        update control.host set state = 'stopped', time_stopped = now(), cells_live = 0, cells_hibernated = 0, spool_bytes = 0, hibernation_left = 0, tasks_waiting = 0, refuses = null
         where host_id = $1 and state in ('starting', 'live', 'draining')
        """;

    public async Task RegisterAsync(HostRegistration host, CancellationToken ct)
    {
        await using var connection = await source.OpenAsync(ct);
        await using var command = new NpgsqlCommand(RegisterSql, connection);
        var p = command.Parameters;
        p.Add(new NpgsqlParameter<Guid> { TypedValue = host.Host.Value });
        p.Add(new NpgsqlParameter<string> { TypedValue = host.Machine });
        p.Add(new NpgsqlParameter<int> { TypedValue = host.ProcessId });
        p.Add(new NpgsqlParameter<int> { TypedValue = host.LockKey });
        p.Add(new NpgsqlParameter<string> { TypedValue = host.Key.Value });
        p.Add(new NpgsqlParameter<int> { TypedValue = host.CellCapacity });
        p.Add(new NpgsqlParameter<string?> { TypedValue = host.MetricsUrl, NpgsqlDbType = NpgsqlDbType.Text });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <param name="state">starting, live or draining.</param>
    /// <returns>False when the host was declared dead or stopped: fence yourself and exit.</returns>
    public async Task<bool> RenewAsync(HostId host, string state, HostBudgets budgets, CancellationToken ct)
    {
        await using var connection = await source.OpenAsync(ct);
        // Losing the last renewal in a crash costs nothing, and a commit a second per host is not free. A batch is one transaction,
        // but no transaction block, outside which `set local` warns.
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select set_config('synchronous_commit', 'off', true)"));
        var renew = new NpgsqlBatchCommand(RenewSql);
        renew.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = host.Value });
        renew.Parameters.Add(new NpgsqlParameter<string> { TypedValue = state });
        renew.Parameters.Add(new NpgsqlParameter<int> { TypedValue = budgets.CellsLive });
        renew.Parameters.Add(new NpgsqlParameter<int> { TypedValue = budgets.TasksWaiting });
        renew.Parameters.Add(new NpgsqlParameter<long> { TypedValue = budgets.Mappings });
        renew.Parameters.Add(new NpgsqlParameter<long> { TypedValue = budgets.MappingsLimit });
        renew.Parameters.Add(new NpgsqlParameter<long> { TypedValue = budgets.MemoryBytes });
        renew.Parameters.Add(new NpgsqlParameter<long> { TypedValue = budgets.MemoryLimitBytes });
        renew.Parameters.Add(new NpgsqlParameter<long> { TypedValue = budgets.MachineFreeBytes });
        renew.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = budgets.Refuses, NpgsqlDbType = NpgsqlDbType.Text });
        renew.Parameters.Add(new NpgsqlParameter<int> { TypedValue = budgets.CellsHibernated });
        renew.Parameters.Add(new NpgsqlParameter<long> { TypedValue = budgets.SpoolBytes });
        renew.Parameters.Add(new NpgsqlParameter<int> { TypedValue = budgets.HibernationLeft });
        batch.BatchCommands.Add(renew);
        await batch.ExecuteNonQueryAsync(ct);
        return renew.RecordsAffected == 1;
    }

    /// <summary>What other hosts have at most, as they last said; nothing when no other lives.</summary>
    /// <returns>Free places for cells, and cells that could hibernate on top; each of the host that has most of it.</returns>
    public async Task<(int Free, int ToHibernate)> MostFreeElsewhereAsync(HostId host, CancellationToken ct)
    {
        await using var connection = await source.OpenAsync(ct);
        await using var command = new NpgsqlCommand(
            """
            select coalesce(max(cell_capacity - cells_live), 0), coalesce(max(hibernation_left), 0)
              from control.host
             where state = 'live' and host_id <> $1 and refuses is null and time_renewed > now() - interval '5 s'
            """, connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = host.Value });
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return (reader.GetInt32(0), reader.GetInt32(1));
    }

    public async Task StopAsync(HostId host, CancellationToken ct)
    {
        await using var connection = await source.OpenAsync(ct);
        await using var command = new NpgsqlCommand(StopSql, connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = host.Value });
        await command.ExecuteNonQueryAsync(ct);
    }
}
