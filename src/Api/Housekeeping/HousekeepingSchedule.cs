using Hangfire;
using Hangfire.Common;
using Voxeltron.Api.Http;

namespace Voxeltron.Api.Housekeeping;

/// <summary>Enters the recurring jobs, again and again until the storage is there: the Api starts and serves without it.</summary>
internal sealed partial class HousekeepingSchedule(IRecurringJobManager jobs, TimeProvider clock, ILogger<HousekeepingSchedule> logger) : BackgroundService
{
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Hangfire's calls block on the database; the host's start must not wait for them.
        await Task.Yield();
        using var timer = new PeriodicTimer(s_retry, clock);
        while (!TryEnter() && await timer.WaitForNextTickAsync(stoppingToken))
        {
        }
    }

    private bool TryEnter()
    {
        try
        {
            jobs.AddOrUpdate("prune-inbox", Job.FromExpression<HousekeepingJobs>(static job => job.PruneInboxAsync(CancellationToken.None)), "*/10 * * * *");
            jobs.AddOrUpdate("prune-idempotency", Job.FromExpression<HousekeepingJobs>(static job => job.PruneIdempotencyAsync(CancellationToken.None)), "7 * * * *");
            jobs.AddOrUpdate("fold-views", Job.FromExpression<HousekeepingJobs>(static job => job.FoldViewsAsync(CancellationToken.None)), "* * * * *");
            return true;
        }
        catch (Exception fault) when (PostgresFault.Classify(fault) != PostgresFaultClass.None || fault is Hangfire.Storage.DistributedLockTimeoutException)
        {
            LogWaiting(fault.Message);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Housekeeping waits for its storage: {Reason}")]
    private partial void LogWaiting(string reason);
}
