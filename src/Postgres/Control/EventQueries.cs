using Npgsql;
using Voxeltron.Kernel;

namespace Voxeltron.Postgres;

/// <summary>Reads the log for people: only durable entries exist here, so nothing shown can be taken back.</summary>
public sealed class EventQueries(FabricDataSource source)
{
    /// <summary>Entries after a seq, in order, without their payloads.</summary>
    public async Task<IReadOnlyList<EventRow>> PageAsync(TenantId tenant, StreamId stream, long afterSeq, int limit, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            """
            select seq, epoch, time, kind, actor, body, octet_length(payload)
            from journal.entry
            where tenant_id = @tenant_id and stream_id = @stream_id and seq > @after_seq
            order by seq
            limit @limit
            """, connection);
        AddStream(command, tenant, stream);
        command.Parameters.AddWithValue("after_seq", afterSeq);
        command.Parameters.AddWithValue("limit", limit);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = new List<EventRow>();
        while (await reader.ReadAsync(cancel))
        {
            rows.Add(new EventRow(
                reader.GetInt64(0),
                reader.GetInt64(1),
                reader.GetDateTime(2),
                reader.GetString(3),
                reader.GetString(4),
                reader.GetString(5),
                reader.IsDBNull(6) ? null : reader.GetInt32(6)));
        }

        return rows;
    }

    /// <summary>The last action of a task up to a seq, with its payload. The seq is tried first; the search behind it serves rows whose last entry is another.</summary>
    public async Task<ActionRow?> FindActionAsync(TenantId tenant, StreamId stream, string taskKey, long lastSeq, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            """
            select seq, body, payload
            from journal.entry
            where tenant_id = @tenant_id
                and stream_id = @stream_id
                and seq <= @last_seq
                and kind = 'action'
                and body::jsonb ->> 'task' = @task_key
            order by seq desc
            limit 1
            """, connection);
        AddStream(command, tenant, stream);
        command.Parameters.AddWithValue("last_seq", lastSeq);
        command.Parameters.AddWithValue("task_key", taskKey);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel)
            ? new ActionRow(reader.GetInt64(0), reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetFieldValue<byte[]>(2))
            : null;
    }

    /// <summary>The entry that answered the reload which the intent at this seq asked for; null when there is none yet.</summary>
    public async Task<AnsweredReload?> FindReloadAnswerAsync(TenantId tenant, StreamId stream, long requestedSeq, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            """
            select seq, kind, body, payload
            from journal.entry
            where tenant_id = @tenant_id
                and stream_id = @stream_id
                and seq > @requested_seq
                and kind in ('module.reloaded', 'module.restored', 'intent.refused')
                and coalesce(body::jsonb ->> 'requested_seq', body::jsonb ->> 'intent_seq')::bigint = @requested_seq
            order by seq
            limit 1
            """, connection);
        AddStream(command, tenant, stream);
        command.Parameters.AddWithValue("requested_seq", requestedSeq);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel)
            ? new AnsweredReload(reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.IsDBNull(3) ? null : reader.GetFieldValue<byte[]>(3))
            : null;
    }

    /// <summary>Where an intent stands: waiting, admitted, or refused by the stream's owner.</summary>
    /// <returns>Null when no such intent is in the inbox (never was, or consumed and pruned).</returns>
    public async Task<IntentState?> FindIntentAsync(TenantId tenant, Guid intentId, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        // The owner writes a refusal in the commit that consumes the intent, so it stands close behind: a bounded search finds it.
        await using var command = new NpgsqlCommand(
            """
            select i.consumed_seq, r.seq, r.body, r.payload
            from control.inbox i
            left join lateral (
                select e.seq, e.body, e.payload
                from journal.entry e
                where e.tenant_id = i.tenant_id
                    and e.stream_id = i.stream_id
                    and e.seq > i.consumed_seq
                    and e.seq <= i.consumed_seq + 4096
                    and e.kind = 'intent.refused'
                    and e.body::jsonb ->> 'intent' = @intent_hex
                order by e.seq
                limit 1
            ) r on true
            where i.tenant_id = @tenant_id and i.inbox_id = @inbox_id
            """, connection);
        command.Parameters.AddWithValue("tenant_id", tenant.Value);
        command.Parameters.AddWithValue("inbox_id", intentId);
        command.Parameters.AddWithValue("intent_hex", intentId.ToString("N"));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        if (!await reader.ReadAsync(cancel))
        {
            return null;
        }

        var refusal = reader.IsDBNull(1)
            ? null
            : new IntentRefusal(reader.GetInt64(1), reader.GetString(2), reader.IsDBNull(3) ? null : reader.GetFieldValue<byte[]>(3));
        return new IntentState(reader.IsDBNull(0) ? null : reader.GetInt64(0), refusal);
    }

    /// <summary>The refusal of an intent whose inbox row is pruned already.</summary>
    public async Task<IntentRefusal?> FindRefusalAsync(TenantId tenant, StreamId stream, Guid intentId, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            """
            select seq, body, payload
            from journal.entry
            where tenant_id = @tenant_id
                and stream_id = @stream_id
                and kind = 'intent.refused'
                and body::jsonb ->> 'intent' = @intent_hex
            order by seq
            limit 1
            """, connection);
        AddStream(command, tenant, stream);
        command.Parameters.AddWithValue("intent_hex", intentId.ToString("N"));
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel)
            ? new IntentRefusal(reader.GetInt64(0), reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetFieldValue<byte[]>(2))
            : null;
    }

    private static void AddStream(NpgsqlCommand command, TenantId tenant, StreamId stream)
    {
        command.Parameters.AddWithValue("tenant_id", tenant.Value);
        command.Parameters.AddWithValue("stream_id", stream.Value);
    }
}
