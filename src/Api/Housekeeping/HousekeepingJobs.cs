using Voxeltron.Postgres;

namespace Voxeltron.Api.Housekeeping;

/// <summary>Everything the Api's Hangfire may run. Minute-scale tidying only: nothing that a mission waits for.</summary>
public sealed partial class HousekeepingJobs(HousekeepingCommands commands, ILogger<HousekeepingJobs> logger)
{
    /// <summary>Consumed inbox rows stay a day, for people who ask what became of a request.</summary>
    public static readonly TimeSpan InboxAge = TimeSpan.FromDays(1);

    /// <summary>No client repeats a request after a week; the log itself refuses an item it already has.</summary>
    public static readonly TimeSpan IdempotencyAge = TimeSpan.FromDays(7);

    public async Task PruneInboxAsync(CancellationToken cancel)
    {
        if (await commands.PruneInboxAsync(InboxAge, cancel) is { } count)
        {
            LogPruned("inbox rows", count);
        }
        else
        {
            LogNoFunction();
        }
    }

    public async Task PruneIdempotencyAsync(CancellationToken cancel)
    {
        var count = await commands.PruneIdempotencyAsync(IdempotencyAge, cancel);
        LogPruned("idempotency keys", count);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The schema has no control.prune_inbox: consumed inbox rows stay until the migrations have run")]
    private partial void LogNoFunction();

    [LoggerMessage(Level = LogLevel.Debug, Message = "Pruned {Count} {What}")]
    private partial void LogPruned(string what, long count);
}
