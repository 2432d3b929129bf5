using Npgsql;
using NpgsqlTypes;
using Voxeltron.Kernel;

namespace Voxeltron.Postgres;

/// <summary>Writes <c>control.cell_health</c>, in batches: a statement for all that changed since the last.</summary>
public sealed class CellHealthCommands(FabricDataSource source)
{
    private const string UpsertSql = """
        insert into control.cell_health as h (
          tenant_id, mission_id, task_key, cell_id, host_id, attempt, hibernated, events, last_event, time_last_event, queue, memory_bytes, fuel, fuel_last,
          faults, restarts, last_fault)
        select * from unnest($1::text[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::int[], $7::bool[], $8::bigint[], $9::text[], $10::timestamptz[], $11::int[],
          $12::bigint[], $13::bigint[], $14::bigint[], $15::int[], $16::int[], $17::text[])
        on conflict (tenant_id, mission_id, task_key) do update set
          cell_id = excluded.cell_id, host_id = excluded.host_id, attempt = excluded.attempt, hibernated = excluded.hibernated, events = excluded.events,
          last_event = excluded.last_event, time_last_event = excluded.time_last_event, queue = excluded.queue, memory_bytes = excluded.memory_bytes,
          fuel = excluded.fuel, fuel_last = excluded.fuel_last, faults = excluded.faults, restarts = excluded.restarts, last_fault = excluded.last_fault,
          time_updated = now()
        """;

    // Only what this host said: a cell of that task may live at the mission's next owner by now.
    private const string DeleteSql = """
        delete from control.cell_health h using unnest($1::text[], $2::uuid[], $3::text[]) as gone (tenant_id, mission_id, task_key)
         where h.tenant_id = gone.tenant_id and h.mission_id = gone.mission_id and h.task_key = gone.task_key and h.host_id = $4
        """;

    private const string ForgetSql = """
        delete from control.cell_health h using unnest($1::text[], $2::uuid[]) as old (tenant_id, mission_id)
         where h.tenant_id = old.tenant_id and h.mission_id = old.mission_id
        """;

    private const string ForgetOthersSql = ForgetSql + " and h.host_id <> $3";

    private const string SweepSql = """
        delete from control.cell_health h
         where not exists (select from control.lease l where l.tenant_id = h.tenant_id and l.stream_id = h.mission_id and not l.finished)
        """;

    /// <summary>Removes what is left of missions that have ended.</summary>
    public async Task SweepAsync(CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(SweepSql, connection);
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>Forgets missions, then removes, then writes: in one transaction.</summary>
    public async Task WriteAsync(CellHealthBatch told, CancellationToken cancel)
    {
        var (host, ended, taken, gone, rows) = told;
        await using var connection = await source.OpenAsync(cancel);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select set_config('synchronous_commit', 'off', true)"));
        if (ended.Count > 0)
        {
            AddMissions(Add(batch, ForgetSql), ended);
        }

        if (taken.Count > 0)
        {
            var command = Add(batch, ForgetOthersSql);
            AddMissions(command, taken);
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = host.Value });
        }

        if (gone.Count > 0)
        {
            var command = Add(batch, DeleteSql);
            Add(command, gone, static cell => cell.Tenant.Value);
            Add(command, gone, static cell => cell.Mission.Value);
            Add(command, gone, static cell => cell.TaskKey);
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = host.Value });
        }

        if (rows.Count > 0)
        {
            AddRows(Add(batch, UpsertSql), rows);
        }

        await batch.ExecuteNonQueryAsync(cancel);
    }

    private static void AddMissions(NpgsqlBatchCommand command, IReadOnlyCollection<(TenantId Tenant, MissionId Mission)> missions)
    {
        Add(command, missions, static mission => mission.Tenant.Value);
        Add(command, missions, static mission => mission.Mission.Value);
    }

    private static void AddRows(NpgsqlBatchCommand command, IReadOnlyCollection<CellHealthRow> rows)
    {
        Add(command, rows, static row => row.Tenant.Value);
        Add(command, rows, static row => row.Mission.Value);
        Add(command, rows, static row => row.TaskKey);
        Add(command, rows, static row => row.Cell.Value);
        Add(command, rows, static row => row.Host.Value);
        Add(command, rows, static row => row.Attempt);
        Add(command, rows, static row => row.IsHibernated);
        Add(command, rows, static row => row.Events);
        Add(command, rows, static row => row.LastEvent);
        Add(command, rows, static row => UnixTime.ToDateTime(row.LastEventUs));
        Add(command, rows, static row => row.Queue);
        Add(command, rows, static row => row.MemoryBytes);
        Add(command, rows, static row => row.Fuel);
        Add(command, rows, static row => row.FuelLast);
        Add(command, rows, static row => row.Faults);
        Add(command, rows, static row => row.Restarts);
        command.Parameters.Add(new NpgsqlParameter<string?[]> { TypedValue = [.. rows.Select(static row => row.LastFault)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
    }

    private static NpgsqlBatchCommand Add(NpgsqlBatch batch, string sql)
    {
        var command = new NpgsqlBatchCommand(sql);
        batch.BatchCommands.Add(command);
        return command;
    }

    private static void Add<TRow, TValue>(NpgsqlBatchCommand command, IReadOnlyCollection<TRow> rows, Func<TRow, TValue> column) =>
        command.Parameters.Add(new NpgsqlParameter<TValue[]> { TypedValue = [.. rows.Select(column)] });
}
