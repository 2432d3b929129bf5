using Npgsql;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>Reads <c>control.budget</c>: what a mission may cost and has cost.</summary>
public sealed class BudgetQueries(FabricDataSource source)
{
    /// <summary>A row a dimension, by name; none where the mission's spec sets no budget.</summary>
    public async Task<IReadOnlyList<BudgetRow>> FindAsync(TenantId tenant, MissionId mission, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            """
            select dimension, limit_amount, spent, held, over, escrow, soft_percent, on_budget, time_modified
            from control.budget
            where tenant_id = @tenant_id and mission_id = @mission_id
            order by dimension
            """, connection);
        command.Parameters.AddWithValue("tenant_id", tenant.Value);
        command.Parameters.AddWithValue("mission_id", mission.Value);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = new List<BudgetRow>();
        while (await reader.ReadAsync(cancel))
        {
            rows.Add(new BudgetRow(
                tenant,
                mission,
                reader.GetString(0),
                reader.IsDBNull(1) ? null : reader.GetInt64(1),
                reader.GetInt64(2),
                reader.GetInt64(3),
                reader.GetInt64(4),
                reader.GetInt64(5),
                reader.GetInt32(6),
                reader.GetString(7),
                UnixTime.FromDateTime(reader.GetDateTime(8))));
        }

        return rows;
    }
}
