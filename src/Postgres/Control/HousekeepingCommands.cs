using Npgsql;

namespace Voxeltron.Postgres;

/// <summary>Removes what only repeats would ask for. Nothing here is evidence: that is in the log.</summary>
public sealed class HousekeepingCommands(FabricDataSource source)
{
    /// <summary>Consumed inbox rows; their content is an entry by now. A function of the owner role deletes: the Api may not delete inbox rows at will.</summary>
    /// <returns>Rows removed.</returns>
    public Task<long> PruneInboxAsync(TimeSpan age, CancellationToken cancel) =>
        RunAsync("select control.prune_inbox(@age)", age, cancel);

    /// <summary>Idempotency keys older than any client repeats a request.</summary>
    /// <returns>Rows removed.</returns>
    public Task<long> PruneIdempotencyAsync(TimeSpan age, CancellationToken cancel) => RunAsync(
        """
        with pruned as (
            delete from control.idempotency where time_created < now() - @age returning 1
        )
        select count(*) from pruned
        """, age, cancel);

    private async Task<long> RunAsync(string sql, TimeSpan age, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddWithValue("age", age);
        return await command.ExecuteScalarAsync(cancel) is long count ? count : 0;
    }
}
