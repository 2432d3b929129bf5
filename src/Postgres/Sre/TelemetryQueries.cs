using Npgsql;

namespace Voxeltron.Postgres;

/// <summary>What the SRE operator may see: counts, codes, ids and times. Its role cannot read a payload, and nothing here takes SQL from outside.</summary>
public sealed class TelemetryQueries(FabricDataSource source)
{
    private const int MaxRows = 50;

    public async Task<HostsSeen> HostsAsync(TimeSpan silence, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            """
            select
                count(*) filter (where state = 'live'),
                count(*) filter (where state = 'starting'),
                count(*) filter (where state = 'draining'),
                count(*) filter (where state = 'dead'),
                count(*) filter (where state in ('starting', 'live', 'draining') and time_renewed < now() - @silence),
                coalesce(sum(cells_live) filter (where state in ('live', 'draining')), 0),
                coalesce(sum(cell_capacity) filter (where state = 'live'), 0)
            from control.host
            where time_stopped is null or time_stopped > now() - interval '1 hour'
            """, connection);
        command.Parameters.AddWithValue("silence", silence);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return new HostsSeen(Int(reader, 0), Int(reader, 1), Int(reader, 2), Int(reader, 3), Int(reader, 4), Int(reader, 5), Int(reader, 6));
    }

    public async Task<IReadOnlyList<StuckMission>> StuckMissionsAsync(TimeSpan still, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            """
            select tenant_id, mission_id, status, tasks_waiting, tasks_running, extract(epoch from now() - time_modified)::float8
            from control.mission
            where status in ('open', 'running')
                and tasks_waiting + tasks_running > 0
                and time_modified < now() - @still
            order by time_modified
            limit @limit
            """, connection);
        command.Parameters.AddWithValue("still", still);
        command.Parameters.AddWithValue("limit", MaxRows);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = new List<StuckMission>();
        while (await reader.ReadAsync(cancel))
        {
            rows.Add(new StuckMission(
                reader.GetString(0), reader.GetGuid(1), reader.GetString(2), reader.GetInt32(3), reader.GetInt32(4), reader.GetDouble(5)));
        }

        return rows;
    }

    public async Task<IReadOnlyList<AbortCount>> AbortsByCodeAsync(TimeSpan window, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            """
            select coalesce(body::jsonb ->> 'code', 'unknown'), count(*)
            from journal.entry
            where kind = 'action.aborted' and time > now() - @window
            group by 1
            order by 2 desc, 1
            limit @limit
            """, connection);
        command.Parameters.AddWithValue("window", window);
        command.Parameters.AddWithValue("limit", MaxRows);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = new List<AbortCount>();
        while (await reader.ReadAsync(cancel))
        {
            rows.Add(new AbortCount(reader.GetString(0), reader.GetInt64(1)));
        }

        return rows;
    }

    public async Task<InboxBacklog> InboxAsync(CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            """
            select count(*), coalesce(extract(epoch from now() - min(time_created)), 0)::float8
            from control.inbox
            where consumed_seq is null
            """, connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return new InboxBacklog(reader.GetInt64(0), reader.GetDouble(1));
    }

    public async Task<CommitLag> CommitLagAsync(CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            """
            select
                (select extract(epoch from now() - max(time))::float8 from journal.commit),
                (select count(*) from journal.commit) - (select count(*) from journal.leaf),
                (select coalesce(max(tree_size), 0) from journal.checkpoint)
            """, connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return new CommitLag(reader.IsDBNull(0) ? null : reader.GetDouble(0), reader.GetInt64(1), reader.GetInt64(2));
    }

    public async Task<OwnerlessStreams> OwnerlessAsync(CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            """
            select count(*) filter (where role = 'mission'), count(*) filter (where role = 'system')
            from control.lease
            where not finished and (host_id is null or time_expires < now())
            """, connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return new OwnerlessStreams(reader.GetInt64(0), reader.GetInt64(1));
    }

    private static int Int(NpgsqlDataReader reader, int ordinal) => (int)reader.GetInt64(ordinal);
}
