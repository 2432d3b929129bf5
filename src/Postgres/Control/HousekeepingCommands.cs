using Npgsql;

namespace Voxeltron.Postgres;

/// <summary>Removes what only repeats would ask for. Nothing here is evidence: that is in the log.</summary>
public sealed class HousekeepingCommands(FabricDataSource source)
{
    /// <summary>Consumed inbox rows; their content is an entry by now. A function of the owner role deletes: the Api may not delete inbox rows at will.</summary>
    /// <returns>Rows removed; null when the schema is of a version that has no such function yet.</returns>
    public async Task<long?> PruneInboxAsync(TimeSpan age, CancellationToken cancel)
    {
        await using var connection = await source.OpenAsync(cancel);
        await using var probe = new NpgsqlCommand("select to_regprocedure('control.prune_inbox(interval)') is not null", connection);
        if (await probe.ExecuteScalarAsync(cancel) is not true)
        {
            return null;
        }

        await using var command = new NpgsqlCommand("select control.prune_inbox(@age)", connection);
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
