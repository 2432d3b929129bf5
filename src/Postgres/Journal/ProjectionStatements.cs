using Npgsql;
using NpgsqlTypes;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>Rows of <c>control</c> that follow from a commit's entries: consumed intents, projections, ended leases. Statements without rows are not sent.</summary>
internal static class ProjectionStatements
{
    // An intent becomes an entry exactly once: the row must have been there and pending, or the whole batch stops here. The
    // text that is no number is the message: "46 of 47 intents were pending".
    private const string ConsumeSql = """
        with consumed as (
          update control.inbox i set consumed_seq = c.seq, payload = null, payload_salt = null
            from unnest($1::text[], $2::uuid[], $3::uuid[], $4::bigint[]) as c(tenant_id, stream_id, inbox_id, seq)
           where i.tenant_id = c.tenant_id and i.inbox_id = c.inbox_id and i.stream_id = c.stream_id and i.consumed_seq is null
          returning 1
        )
        select case when count(*) = cardinality($3) then 0 else (count(*) || ' of ' || cardinality($3) || ' intents were pending')::int end from consumed
        """;

    // The holder is named: a lease that another host claimed meanwhile is not ours to end.
    private const string FinishSql = """
        update control.lease l set finished = true, host_id = null
          from unnest($1::text[], $2::uuid[], $3::bigint[]) as f(tenant_id, stream_id, epoch)
         where l.tenant_id = f.tenant_id and l.stream_id = f.stream_id and l.host_id = $4 and l.epoch = f.epoch
        """;

    public static void Add(NpgsqlBatch commands, CommitBatch batch)
    {
        Consume(commands, batch.Streams);
        MissionStatements.Add(commands, [.. batch.Streams.Select(static s => s.Projection.Mission).OfType<MissionRow>()]);
        TaskStatements.Add(commands, batch.Streams);
        ModuleStatements.Add(commands, batch.Streams);
        MissionModuleStatements.Add(commands, batch.Streams);
        IncidentStatements.Add(commands, batch.Streams);
        BudgetStatements.Add(commands, batch.Streams);
        GateStatements.Add(commands, batch.Streams);
        ApproverStatements.Add(commands, batch.Streams);
        ViewStatements.Add(commands, batch.Streams);
        ModelStatements.Add(commands, batch.Streams);
        Finish(commands, batch);
    }

    private static void Consume(NpgsqlBatch commands, IReadOnlyList<StreamBatch> streams)
    {
        var rows = new List<(StreamBatch Stream, ConsumedIntent Intent)>();
        foreach (var stream in streams)
        {
            foreach (var intent in stream.Projection.Consumed)
            {
                rows.Add((stream, intent));
            }
        }

        if (rows.Count == 0)
        {
            return;
        }

        var command = new NpgsqlBatchCommand(ConsumeSql);
        var columns = new Columns(command.Parameters, rows.Count);
        columns.Add(NpgsqlDbType.Text, rows, static r => r.Stream.Tenant.Value);
        columns.Add(NpgsqlDbType.Uuid, rows, static r => r.Stream.Stream.Value);
        columns.Add(NpgsqlDbType.Uuid, rows, static r => r.Intent.InboxId);
        columns.Add(NpgsqlDbType.Bigint, rows, static r => r.Intent.Seq);
        commands.BatchCommands.Add(command);
    }

    private static void Finish(NpgsqlBatch commands, CommitBatch batch)
    {
        var ended = batch.Streams.Where(static s => s.Projection.Finished).ToList();
        if (ended.Count == 0)
        {
            return;
        }

        var command = new NpgsqlBatchCommand(FinishSql);
        var columns = new Columns(command.Parameters, ended.Count);
        columns.Add(NpgsqlDbType.Text, ended, static s => s.Tenant.Value);
        columns.Add(NpgsqlDbType.Uuid, ended, static s => s.Stream.Value);
        columns.Add(NpgsqlDbType.Bigint, ended, static s => s.Epoch);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = batch.Host.Value });
        commands.BatchCommands.Add(command);
    }
}
