using Npgsql;

namespace Voxeltron.Postgres;

/// <summary>Removes what only repeats would ask for. Nothing here is evidence: that is in the log.</summary>
public sealed class HousekeepingCommands(FabricDataSource source)
{
    /// <summary>Consumed inbox rows; their content is an entry by now. A function of the owner role deletes: the Api may not delete inbox rows at will.</summary>
    /// <returns>Rows removed.</returns>
    public async Task<long> PruneInboxAsync(TimeSpan age, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand("select control.prune_inbox(@age)", connection);
        command.Parameters.AddWithValue("age", age);
        return await command.ExecuteScalarAsync(cancel) is long count ? count : 0;
    }

    /// <summary>Changes of views, added to their rows; bounded, so to be called until it returns 0. A function of the owner role, as above.</summary>
    /// <returns>Changes folded.</returns>
    public async Task<long> FoldViewDeltasAsync(TimeSpan age, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand("select control.fold_view_deltas(@age)", connection);
        command.Parameters.AddWithValue("age", age);
        return await command.ExecuteScalarAsync(cancel) is long count ? count : 0;
    }

    /// <summary>Idempotency keys older than any client repeats a request.</summary>
    /// <returns>Rows removed.</returns>
    public async Task<long> PruneIdempotencyAsync(TimeSpan age, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var command = new NpgsqlCommand("delete from control.idempotency where time_created < now() - @age", connection);
        command.Parameters.AddWithValue("age", age);
        return await command.ExecuteNonQueryAsync(cancel);
    }
}
