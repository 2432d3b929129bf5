using Npgsql;
using NpgsqlTypes;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>
/// Views that were declared, and changes of published ones: <c>control.view</c>, <c>view_row</c>, <c>view_delta</c>. Rows are
/// JSON already and go as their bytes; the server parses them, nobody else. A commit without views sends nothing of this.
/// </summary>
internal static class ViewStatements
{
    // First of all, because it locks the rows against folding, which then skips them: what is deleted below is all there is.
    private const string DeclareSql = """
        insert into control.view as v (tenant_id, mission_id, view, sql, published, columns, plan, built_seq, base_seq)
        select w.tenant_id, w.mission_id, w.view, w.sql, w.published, w.columns, w.plan, w.seq, w.seq
          from unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::boolean[], $6::jsonb[], $7::text[], $8::bigint[])
            as w(tenant_id, mission_id, view, sql, published, columns, plan, seq)
        on conflict (tenant_id, mission_id, view) do update set
               sql = excluded.sql, published = excluded.published, columns = excluded.columns, plan = excluded.plan,
               built_seq = excluded.built_seq, base_seq = excluded.base_seq, time_modified = now()
        """;

    private const string ClearRowsSql = """
        delete from control.view_row r
         using unnest($1::text[], $2::uuid[], $3::text[]) as w(tenant_id, mission_id, view)
         where r.tenant_id = w.tenant_id and r.mission_id = w.mission_id and r.view = w.view
        """;

    private const string ClearDeltasSql = """
        delete from control.view_delta d
         using unnest($1::text[], $2::uuid[], $3::text[]) as w(tenant_id, mission_id, view)
         where d.tenant_id = w.tenant_id and d.mission_id = w.mission_id and d.view = w.view
        """;

    private const string RowSql = """
        insert into control.view_row (tenant_id, mission_id, view, row_key, row_value, weight)
        select * from unnest($1::text[], $2::uuid[], $3::text[], $4::bytea[], $5::jsonb[], $6::bigint[])
        """;

    private const string DeltaSql = """
        insert into control.view_delta (tenant_id, mission_id, view, seq, ordinal, row_key, row_value, weight)
        select * from unnest($1::text[], $2::uuid[], $3::text[], $4::bigint[], $5::int[], $6::bytea[], $7::jsonb[], $8::bigint[])
        """;

    public static void Add(NpgsqlBatch commands, IReadOnlyList<StreamBatch> streams)
    {
        Declare(commands, streams);
        Change(commands, streams);
    }

    private static void Declare(NpgsqlBatch commands, IReadOnlyList<StreamBatch> streams)
    {
        var views = new List<ViewProjection>();
        var rows = new List<(ViewProjection View, ViewRow Row)>();
        foreach (var stream in streams)
        {
            foreach (var view in stream.Projection.Views)
            {
                views.Add(view);
                foreach (var row in view.Rows)
                {
                    rows.Add((view, row));
                }
            }
        }

        if (views.Count == 0)
        {
            return;
        }

        var declare = new NpgsqlBatchCommand(DeclareSql);
        var columns = AddNames(declare, views);
        columns.Add(NpgsqlDbType.Text, views, static v => v.Sql);
        columns.Add(NpgsqlDbType.Boolean, views, static v => v.Published);
        columns.Add(NpgsqlDbType.Jsonb, views, static v => v.ColumnsJson);
        columns.Add(NpgsqlDbType.Text, views, static v => v.Plan);
        columns.Add(NpgsqlDbType.Bigint, views, static v => v.Seq);
        commands.BatchCommands.Add(declare);
        foreach (var clear in new[] { new NpgsqlBatchCommand(ClearRowsSql), new NpgsqlBatchCommand(ClearDeltasSql) })
        {
            AddNames(clear, views);
            commands.BatchCommands.Add(clear);
        }

        if (rows.Count > 0)
        {
            commands.BatchCommands.Add(Rows(rows));
        }
    }

    private static Columns AddNames(NpgsqlBatchCommand command, List<ViewProjection> views)
    {
        var columns = new Columns(command.Parameters, views.Count);
        columns.Add(NpgsqlDbType.Text, views, static v => v.Tenant.Value);
        columns.Add(NpgsqlDbType.Uuid, views, static v => v.Mission.Value);
        columns.Add(NpgsqlDbType.Text, views, static v => v.View);
        return columns;
    }

    private static NpgsqlBatchCommand Rows(List<(ViewProjection View, ViewRow Row)> rows)
    {
        var command = new NpgsqlBatchCommand(RowSql);
        var columns = new Columns(command.Parameters, rows.Count);
        columns.Add(NpgsqlDbType.Text, rows, static r => r.View.Tenant.Value);
        columns.Add(NpgsqlDbType.Uuid, rows, static r => r.View.Mission.Value);
        columns.Add(NpgsqlDbType.Text, rows, static r => r.View.View);
        columns.Add(NpgsqlDbType.Bytea, rows, static r => r.Row.Key);
        columns.Add(NpgsqlDbType.Jsonb, rows, static r => r.Row.Json);
        columns.Add(NpgsqlDbType.Bigint, rows, static r => r.Row.Weight);
        return command;
    }

    private static void Change(NpgsqlBatch commands, IReadOnlyList<StreamBatch> streams)
    {
        var rows = new List<(ViewDelta Delta, int Ordinal, ViewRow Row)>();
        foreach (var stream in streams)
        {
            foreach (var delta in stream.Projection.ViewDeltas)
            {
                for (var i = 0; i < delta.Rows.Count; i++)
                {
                    rows.Add((delta, i, delta.Rows[i]));
                }
            }
        }

        if (rows.Count == 0)
        {
            return;
        }

        var command = new NpgsqlBatchCommand(DeltaSql);
        var columns = new Columns(command.Parameters, rows.Count);
        columns.Add(NpgsqlDbType.Text, rows, static r => r.Delta.Tenant.Value);
        columns.Add(NpgsqlDbType.Uuid, rows, static r => r.Delta.Mission.Value);
        columns.Add(NpgsqlDbType.Text, rows, static r => r.Delta.View);
        columns.Add(NpgsqlDbType.Bigint, rows, static r => r.Delta.Seq);
        columns.Add(NpgsqlDbType.Integer, rows, static r => r.Ordinal);
        columns.Add(NpgsqlDbType.Bytea, rows, static r => r.Row.Key);
        columns.Add(NpgsqlDbType.Jsonb, rows, static r => r.Row.Json);
        columns.Add(NpgsqlDbType.Bigint, rows, static r => r.Row.Weight);
        commands.BatchCommands.Add(command);
    }
}
