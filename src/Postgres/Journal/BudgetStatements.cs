using Npgsql;
using NpgsqlTypes;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

internal static class BudgetStatements
{
    private const string UpsertSql = """
        insert into control.budget (tenant_id, mission_id, dimension, limit_amount, spent, held, over, escrow, soft_percent, on_budget, time_modified)
        select * from unnest($1::text[], $2::uuid[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::int[], $10::text[], $11::timestamptz[])
        on conflict (tenant_id, mission_id, dimension) do update set
               limit_amount = excluded.limit_amount, spent = excluded.spent, held = excluded.held, over = excluded.over, escrow = excluded.escrow,
               time_modified = excluded.time_modified
        """;

    public static void Add(NpgsqlBatch commands, IReadOnlyList<StreamBatch> streams)
    {
        var rows = streams.SelectMany(static stream => stream.Projection.Budget).ToList();
        if (rows.Count == 0)
        {
            return;
        }

        var command = new NpgsqlBatchCommand(UpsertSql);
        var columns = new Columns(command.Parameters, rows.Count);
        columns.Add(NpgsqlDbType.Text, rows, static b => b.Tenant.Value);
        columns.Add(NpgsqlDbType.Uuid, rows, static b => b.Mission.Value);
        columns.Add(NpgsqlDbType.Text, rows, static b => b.Dimension);
        columns.Add(NpgsqlDbType.Bigint, rows, static b => b.Limit);
        columns.Add(NpgsqlDbType.Bigint, rows, static b => b.Spent);
        columns.Add(NpgsqlDbType.Bigint, rows, static b => b.Held);
        columns.Add(NpgsqlDbType.Bigint, rows, static b => b.Over);
        columns.Add(NpgsqlDbType.Bigint, rows, static b => b.Escrow);
        columns.Add(NpgsqlDbType.Integer, rows, static b => b.SoftPercent);
        columns.Add(NpgsqlDbType.Text, rows, static b => b.OnBudget);
        columns.Add(NpgsqlDbType.TimestampTz, rows, static b => UnixTime.ToDateTime(b.TimeModifiedUs));
        commands.BatchCommands.Add(command);
    }
}
