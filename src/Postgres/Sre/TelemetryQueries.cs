using Dapper;

namespace Voxeltron.Postgres;

/// <summary>What the SRE operator may see: counts, codes, ids and times. Its role cannot read a payload, and nothing here takes SQL from outside.</summary>
public sealed class TelemetryQueries(FabricDataSource source)
{
    private const int MaxRows = 50;

    public Task<HostsSeen> HostsAsync(TimeSpan silence, CancellationToken cancel) => OneAsync<HostsSeen>(
        """
        select
            count(*) filter (where state = 'live')::int as "Live",
            count(*) filter (where state = 'starting')::int as "Starting",
            count(*) filter (where state = 'draining')::int as "Draining",
            count(*) filter (where state = 'dead')::int as "Dead",
            count(*) filter (where state in ('starting', 'live', 'draining') and time_renewed < now() - make_interval(secs => @silence))::int as "Silent",
            coalesce(sum(cells_live) filter (where state in ('live', 'draining')), 0)::int as "CellsLive",
            coalesce(sum(cell_capacity) filter (where state = 'live'), 0)::int as "CellCapacity"
        from control.host
        where time_stopped is null or time_stopped > now() - interval '1 hour'
        """, new { silence = silence.TotalSeconds }, cancel);

    public Task<IReadOnlyList<StuckMission>> StuckMissionsAsync(TimeSpan still, CancellationToken cancel) => ManyAsync<StuckMission>(
        """
        select
            tenant_id as "Tenant",
            mission_id as "MissionId",
            status as "Status",
            tasks_waiting as "TasksWaiting",
            tasks_running as "TasksRunning",
            extract(epoch from now() - time_modified)::float8 as "StillForS"
        from control.mission
        where status in ('open', 'running')
            and tasks_waiting + tasks_running > 0
            and time_modified < now() - make_interval(secs => @still)
        order by time_modified
        limit @limit
        """, new { still = still.TotalSeconds, limit = MaxRows }, cancel);

    public Task<IReadOnlyList<AbortCount>> AbortsByCodeAsync(TimeSpan window, CancellationToken cancel) => ManyAsync<AbortCount>(
        """
        select coalesce(body::jsonb ->> 'code', 'unknown') as "Code", count(*) as "Count"
        from journal.entry
        where kind = 'action.aborted' and time > now() - make_interval(secs => @window)
        group by 1
        order by 2 desc, 1
        limit @limit
        """, new { window = window.TotalSeconds, limit = MaxRows }, cancel);

    public Task<InboxBacklog> InboxAsync(CancellationToken cancel) => OneAsync<InboxBacklog>(
        """
        select count(*) as "Pending", coalesce(extract(epoch from now() - min(time_created)), 0)::float8 as "OldestS"
        from control.inbox
        where consumed_seq is null
        """, null, cancel);

    public Task<CommitLag> CommitLagAsync(CancellationToken cancel) => OneAsync<CommitLag>(
        """
        select
            (select extract(epoch from now() - max(time))::float8 from journal.commit) as "LastCommitS",
            (select count(*) from journal.commit) - (select count(*) from journal.leaf) as "Unnumbered",
            (select coalesce(max(tree_size), 0) from journal.checkpoint) as "LastCheckpointSize"
        """, null, cancel);

    public Task<OwnerlessStreams> OwnerlessAsync(CancellationToken cancel) => OneAsync<OwnerlessStreams>(
        """
        select count(*) filter (where role = 'mission') as "Missions", count(*) filter (where role = 'system') as "Systems"
        from control.lease
        where not finished and host_id is null
        """, null, cancel);

    private async Task<T> OneAsync<T>(string sql, object? parameters, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        return await connection.QuerySingleAsync<T>(new CommandDefinition(sql, parameters, cancellationToken: cancel));
    }

    private async Task<IReadOnlyList<T>> ManyAsync<T>(string sql, object? parameters, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        return (await connection.QueryAsync<T>(new CommandDefinition(sql, parameters, cancellationToken: cancel))).AsList();
    }
}
