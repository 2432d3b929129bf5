using Npgsql;
using NpgsqlTypes;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

internal static class MissionStatements
{
    private const string UpsertSql = """
        insert into control.mission as m (tenant_id, mission_id, name, status, spec_digest, seq, epoch, tasks_total, tasks_waiting, tasks_running,
               tasks_completed, tasks_refused, tasks_failed, tasks_skipped, reason, time_created, time_modified, time_completed)
        select * from unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::int[], $9::int[], $10::int[],
               $11::int[], $12::int[], $13::int[], $14::int[], $15::text[], $16::timestamptz[], $17::timestamptz[], $18::timestamptz[])
        on conflict (tenant_id, mission_id) do update set
               status = excluded.status, seq = excluded.seq, epoch = excluded.epoch,
               tasks_total = excluded.tasks_total, tasks_waiting = excluded.tasks_waiting, tasks_running = excluded.tasks_running,
               tasks_completed = excluded.tasks_completed, tasks_refused = excluded.tasks_refused, tasks_failed = excluded.tasks_failed,
               tasks_skipped = excluded.tasks_skipped, reason = excluded.reason,
               time_modified = excluded.time_modified, time_completed = excluded.time_completed
        """;

    /// <summary>One row per stream at most, so no key comes twice.</summary>
    public static void Add(NpgsqlBatch commands, IReadOnlyList<MissionRow> rows)
    {
        if (rows.Count == 0)
        {
            return;
        }

        var command = new NpgsqlBatchCommand(UpsertSql);
        var columns = new Columns(command.Parameters, rows.Count);
        columns.Add(NpgsqlDbType.Text, rows, static m => m.Tenant.Value);
        columns.Add(NpgsqlDbType.Uuid, rows, static m => m.Mission.Value);
        columns.Add(NpgsqlDbType.Text, rows, static m => m.Name);
        columns.Add(NpgsqlDbType.Text, rows, static m => m.Status);
        columns.Add(NpgsqlDbType.Text, rows, static m => m.SpecDigest);
        columns.Add(NpgsqlDbType.Bigint, rows, static m => m.Seq);
        columns.Add(NpgsqlDbType.Bigint, rows, static m => m.Epoch);
        columns.Add(NpgsqlDbType.Integer, rows, static m => m.TasksTotal);
        columns.Add(NpgsqlDbType.Integer, rows, static m => m.TasksWaiting);
        columns.Add(NpgsqlDbType.Integer, rows, static m => m.TasksRunning);
        columns.Add(NpgsqlDbType.Integer, rows, static m => m.TasksCompleted);
        columns.Add(NpgsqlDbType.Integer, rows, static m => m.TasksRefused);
        columns.Add(NpgsqlDbType.Integer, rows, static m => m.TasksFailed);
        columns.Add(NpgsqlDbType.Integer, rows, static m => m.TasksSkipped);
        columns.Add(NpgsqlDbType.Text, rows, static m => m.Reason);
        columns.Add(NpgsqlDbType.TimestampTz, rows, static m => UnixTime.ToDateTime(m.TimeCreatedUs));
        columns.Add(NpgsqlDbType.TimestampTz, rows, static m => UnixTime.ToDateTime(m.TimeModifiedUs));
        columns.Add(NpgsqlDbType.TimestampTz, rows, static m => m.TimeCompletedUs is { } us ? UnixTime.ToDateTime(us) : (DateTime?)null);
        commands.BatchCommands.Add(command);
    }
}
