using Voxeltron.Postgres;

namespace Voxeltron.Api.Housekeeping;

/// <summary>Everything the Api's Hangfire may run. Minute-scale tidying only: nothing that a mission waits for.</summary>
internal sealed partial class HousekeepingJobs(HousekeepingCommands commands, ApiOptions options, ILogger<HousekeepingJobs> logger)
{
    /// <summary>Consumed inbox rows stay a day, for people who ask what became of a request.</summary>
    public static readonly TimeSpan InboxAge = TimeSpan.FromDays(1);

    /// <summary>No client repeats a request after a week; the log itself refuses an item it already has.</summary>
    public static readonly TimeSpan IdempotencyAge = TimeSpan.FromDays(7);

    public async Task PruneInboxAsync(CancellationToken cancel)
    {
        var count = await commands.PruneInboxAsync(InboxAge, cancel);
        LogPruned("inbox rows", count);
    }

    public async Task PruneIdempotencyAsync(CancellationToken cancel)
    {
        var count = await commands.PruneIdempotencyAsync(IdempotencyAge, cancel);
        LogPruned("idempotency keys", count);
    }

    /// <summary>In steps, each a transaction: none holds a view against its owner's commit for long.</summary>
    public async Task FoldViewsAsync(CancellationToken cancel)
    {
        long count;
        do
        {
            count = await commands.FoldViewDeltasAsync(options.ViewRetention, cancel);
            LogFolded(count);
        }
        while (count > 0);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Folded {Count} changes of views")]
    private partial void LogFolded(long count);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Pruned {Count} {What}")]
    private partial void LogPruned(string what, long count);
}
