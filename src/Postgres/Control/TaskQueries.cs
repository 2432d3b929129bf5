using Npgsql;
using NpgsqlTypes;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>Reads <c>control.task</c>: the latest state of each task, one row a task.</summary>
public sealed class TaskQueries(FabricDataSource source)
{
    private const string Columns =
        """
        task_key, task_id, item_key, status, attempt, cell_id, module_digest, waiting_for, outcome_code, last_seq, time_created, time_modified
        """;

    public async Task<TaskRow?> FindAsync(TenantId tenant, MissionId mission, string taskKey, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            $"""
            select {Columns}
            from control.task
            where tenant_id = @tenant_id and mission_id = @mission_id and task_key = @task_key
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
            from control.task
            where tenant_id = @tenant_id
                and mission_id = @mission_id
                and task_key > @after
                and (@status is null or status = @status)
            order by task_key
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
