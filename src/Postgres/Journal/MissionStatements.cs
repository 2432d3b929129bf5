using Npgsql;
using NpgsqlTypes;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

internal static class MissionStatements
{
    // Updated where it stands already, which is nearly always: an upsert locks the row in one write and changes it in another.
    // The stream's owner alone writes its row, so nothing can come between the two halves.
    private const string UpsertSql = """
        with wanted as materialized (
          select * from unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::int[], $9::int[], $10::int[],
               $11::int[], $12::int[], $13::int[], $14::int[], $15::text[], $16::timestamptz[], $17::timestamptz[], $18::timestamptz[])
            as w(tenant_id, mission_id, name, status, spec_digest, seq, epoch, tasks_total, tasks_waiting, tasks_running,
               tasks_completed, tasks_refused, tasks_failed, tasks_skipped, reason, time_created, time_modified, time_completed)
        ), updated as (
          update control.mission m set
               status = w.status, seq = w.seq, epoch = w.epoch,
               tasks_total = w.tasks_total, tasks_waiting = w.tasks_waiting, tasks_running = w.tasks_running,
               tasks_completed = w.tasks_completed, tasks_refused = w.tasks_refused, tasks_failed = w.tasks_failed,
               tasks_skipped = w.tasks_skipped, reason = w.reason,
               time_modified = w.time_modified, time_completed = w.time_completed
            from wanted w
           where m.tenant_id = w.tenant_id and m.mission_id = w.mission_id
          returning m.tenant_id, m.mission_id
        )
        insert into control.mission (tenant_id, mission_id, name, status, spec_digest, seq, epoch, tasks_total, tasks_waiting, tasks_running,
               tasks_completed, tasks_refused, tasks_failed, tasks_skipped, reason, time_created, time_modified, time_completed)
        select * from wanted w
         where not exists (select 1 from updated u where u.tenant_id = w.tenant_id and u.mission_id = w.mission_id)
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
