using Npgsql;
using NpgsqlTypes;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>Reads <c>control.task</c>: the latest state of each task, one row a task.</summary>
public sealed class TaskQueries(FabricDataSource source)
{
    // A ready task is kept by something of its own, by its mission, or by a host that has no room; else it is its turn.
    private const string Columns =
        """
        t.task_key, t.task_id, t.item_key, t.status, t.attempt, t.cell_id, t.module_digest,
        case when t.status = 'ready' then coalesce(
          case m.status when 'paused' then 'paused' when 'budget_exhausted' then m.reason end, t.waiting_for, 'no capacity: ' || h.refuses, 'its turn')
        else t.waiting_for end,
        t.outcome_code, t.last_seq, t.time_created, t.time_modified
        """;

    private const string From =
        """
        from control.task t
            join control.mission m on m.tenant_id = t.tenant_id and m.mission_id = t.mission_id
            left join control.lease l on l.tenant_id = t.tenant_id and l.stream_id = t.mission_id
            left join control.host h on h.host_id = l.host_id
        """;

    public async Task<TaskRow?> FindAsync(TenantId tenant, MissionId mission, string taskKey, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            $"""
            select {Columns}
            {From}
            where t.tenant_id = @tenant_id and t.mission_id = @mission_id and t.task_key = @task_key
            """, connection);
        command.Parameters.AddWithValue("tenant_id", tenant.Value);
        command.Parameters.AddWithValue("mission_id", mission.Value);
        command.Parameters.AddWithValue("task_key", taskKey);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? Read(tenant, mission, reader) : null;
    }

    /// <summary>By task key, which is the primary key's order.</summary>
    public async Task<IReadOnlyList<TaskRow>> ListAsync(
        TenantId tenant, MissionId mission, string? status, string after, int limit, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            $"""
            select {Columns}
            {From}
            where t.tenant_id = @tenant_id
                and t.mission_id = @mission_id
                and t.task_key > @after
                and (@status is null or t.status = @status)
            order by t.task_key
            limit @limit
            """, connection);
        command.Parameters.AddWithValue("tenant_id", tenant.Value);
        command.Parameters.AddWithValue("mission_id", mission.Value);
        command.Parameters.AddWithValue("after", after);
        command.Parameters.Add(new NpgsqlParameter("status", NpgsqlDbType.Text) { Value = (object?)status ?? DBNull.Value });
        command.Parameters.AddWithValue("limit", limit);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = new List<TaskRow>();
        while (await reader.ReadAsync(cancel))
        {
            rows.Add(Read(tenant, mission, reader));
        }

        return rows;
    }

    private static TaskRow Read(TenantId tenant, MissionId mission, NpgsqlDataReader reader) => new(
        tenant,
        mission,
        reader.GetString(0),
        reader.GetString(1),
        reader.IsDBNull(2) ? null : reader.GetString(2),
        reader.GetString(3),
        reader.GetInt32(4),
        reader.IsDBNull(5) ? null : new CellId(reader.GetGuid(5)),
        new ModuleDigest(reader.GetString(6)),
        reader.IsDBNull(7) ? null : reader.GetString(7),
        reader.IsDBNull(8) ? null : reader.GetString(8),
        reader.GetInt64(9),
        UnixTime.FromDateTime(reader.GetDateTime(10)),
        UnixTime.FromDateTime(reader.GetDateTime(11)));
}
