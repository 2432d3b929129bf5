using Npgsql;
using NpgsqlTypes;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

internal static class MissionModuleStatements
{
    // How the last request was answered is kept when another reload began, or when an owner writes who does not know of it.
    private const string UpsertSql = """
        insert into control.mission_module as m (tenant_id, mission_id, declared_digest, current_digest, previous_digest, status, reload_to,
               last_seq, answered_seq, outcome, outcome_code)
        select * from unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[], $10::text[], $11::text[])
        on conflict (tenant_id, mission_id, declared_digest) do update set
               current_digest = excluded.current_digest, previous_digest = excluded.previous_digest, status = excluded.status,
               reload_to = excluded.reload_to, last_seq = excluded.last_seq, time_modified = now(),
               answered_seq = coalesce(excluded.answered_seq, m.answered_seq),
               outcome = case when excluded.answered_seq is null then m.outcome else excluded.outcome end,
               outcome_code = case when excluded.answered_seq is null then m.outcome_code else excluded.outcome_code end
        """;

    public static void Add(NpgsqlBatch commands, IReadOnlyList<StreamBatch> streams)
    {
        var rows = streams.SelectMany(static stream => stream.Projection.MissionModules).ToList();
        if (rows.Count == 0)
        {
            return;
        }

        var command = new NpgsqlBatchCommand(UpsertSql);
        var columns = new Columns(command.Parameters, rows.Count);
        columns.Add(NpgsqlDbType.Text, rows, static m => m.Tenant.Value);
        columns.Add(NpgsqlDbType.Uuid, rows, static m => m.Mission.Value);
        columns.Add(NpgsqlDbType.Text, rows, static m => m.Declared.Value);
        columns.Add(NpgsqlDbType.Text, rows, static m => m.Current.Value);
        columns.Add(NpgsqlDbType.Text, rows, static m => m.Previous?.Value);
        columns.Add(NpgsqlDbType.Text, rows, static m => m.Status);
        columns.Add(NpgsqlDbType.Text, rows, static m => m.ReloadTo?.Value);
        columns.Add(NpgsqlDbType.Bigint, rows, static m => m.Seq);
        columns.Add(NpgsqlDbType.Bigint, rows, static m => m.Answered?.RequestedSeq);
        columns.Add(NpgsqlDbType.Text, rows, static m => m.Answered?.Outcome);
        columns.Add(NpgsqlDbType.Text, rows, static m => m.Answered?.Code);
        commands.BatchCommands.Add(command);
    }
}
