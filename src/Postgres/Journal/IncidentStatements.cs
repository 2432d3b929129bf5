using Npgsql;
using NpgsqlTypes;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

internal static class IncidentStatements
{
    private const string UpsertSql = """
        insert into control.incident as i (tenant_id, mission_id, opened_seq, profile, state, resolution, task_key, cell_id, code, fault, fault_seq,
               faults, holds, hold_ms, time_opened, time_closed)
        select w.tenant_id, w.mission_id, w.opened_seq, w.profile, case when w.resolution is null then 'open' else 'closed' end, w.resolution, w.task_key, w.cell_id,
               w.code, w.fault, w.fault_seq, w.faults, w.holds, w.hold_ms, w.time_opened, w.time_closed
          from unnest($1::text[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::text[], $9::text[], $10::bigint[], $11::int[],
               $12::int[], $13::bigint[], $14::timestamptz[], $15::timestamptz[])
            as w(tenant_id, mission_id, opened_seq, profile, resolution, task_key, cell_id, code, fault, fault_seq, faults, holds, hold_ms, time_opened, time_closed)
        on conflict (tenant_id, mission_id, opened_seq) do update set
               state = excluded.state, resolution = excluded.resolution, task_key = excluded.task_key, cell_id = excluded.cell_id, code = excluded.code,
               fault = excluded.fault, fault_seq = excluded.fault_seq, faults = excluded.faults, holds = excluded.holds, hold_ms = excluded.hold_ms,
               time_closed = excluded.time_closed
        """;

    public static void Add(NpgsqlBatch commands, IReadOnlyList<StreamBatch> streams)
    {
        var rows = streams.SelectMany(static stream => stream.Projection.Incidents).ToList();
        if (rows.Count == 0)
        {
            return;
        }

        var command = new NpgsqlBatchCommand(UpsertSql);
        var columns = new Columns(command.Parameters, rows.Count);
        columns.Add(NpgsqlDbType.Text, rows, static i => i.Tenant.Value);
        columns.Add(NpgsqlDbType.Uuid, rows, static i => i.Mission.Value);
        columns.Add(NpgsqlDbType.Bigint, rows, static i => i.OpenedSeq);
        columns.Add(NpgsqlDbType.Text, rows, static i => i.Profile);
        columns.Add(NpgsqlDbType.Text, rows, static i => i.Resolution);
        columns.Add(NpgsqlDbType.Text, rows, static i => i.TaskKey);
        columns.Add(NpgsqlDbType.Uuid, rows, static i => i.Cell.Value);
        columns.Add(NpgsqlDbType.Text, rows, static i => i.Code);
        columns.Add(NpgsqlDbType.Text, rows, static i => i.Fault);
        columns.Add(NpgsqlDbType.Bigint, rows, static i => i.FaultSeq);
        columns.Add(NpgsqlDbType.Integer, rows, static i => i.Faults);
        columns.Add(NpgsqlDbType.Integer, rows, static i => i.Holds);
        columns.Add(NpgsqlDbType.Bigint, rows, static i => i.HoldMs);
        columns.Add(NpgsqlDbType.TimestampTz, rows, static i => UnixTime.ToDateTime(i.TimeOpenedUs));
        columns.Add(NpgsqlDbType.TimestampTz, rows, static i => i.TimeClosedUs is { } us ? UnixTime.ToDateTime(us) : (DateTime?)null);
        commands.BatchCommands.Add(command);
    }
}
