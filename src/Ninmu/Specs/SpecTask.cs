using Voxeltron.Kernel;

namespace Voxeltron.Ninmu;

/// <summary>One declared task. <c>Map</c> names the input of which it runs once per item; null runs once.</summary>
public sealed record SpecTask(
    string Id,
    ModuleDigest Module,
    string? Map,
    string? Input,
    string? InputFrom,
    IReadOnlyList<SpecDependency> DependsOn,
    CellProfile Profile,
    long? DeadlineMs,
    TaskRetry Retry)
{
    /// <summary>Of the nodes of a mapped task, how many may run at once; null: any number.</summary>
    public int? MaxParallel { get; init; }

    /// <summary>1 goes first, 5 last.</summary>
    public int Priority { get; init; } = SpecLimits.DefaultPriority;

    /// <summary>The rate its dispatches are counted against; null: none.</summary>
    public string? Rate { get; init; }

    /// <summary>What people must let through before it begins; null: nothing.</summary>
    public SpecGate? Gate { get; init; }
}

/// <summary>What follows an attempt that came to nothing.</summary>
/// <param name="BackoffMs">Before the second attempt.</param>
/// <param name="Factor">Each further wait is that many times longer, up to <paramref name="MaxBackoffMs"/>.</param>
/// <param name="NotRetryable">Codes of aborts after which there is no further attempt.</param>
public sealed record TaskRetry(int MaxAttempts, int BackoffMs, int Factor, long MaxBackoffMs, IReadOnlyList<string> NotRetryable)
{
    public static readonly TaskRetry Default = new(SpecLimits.DefaultAttempts, SpecLimits.DefaultBackoffMs, 2, SpecLimits.LongestBackoffMs, []);

    /// <summary>The wait before the attempt that follows the <paramref name="attempts"/>th, microseconds. No jitter, since replay must find the same time.</summary>
    public long BackoffUs(int attempts)
    {
        var ms = (long)BackoffMs;
        for (var i = 1; i < attempts && ms < MaxBackoffMs; i++)
        {
            ms *= Factor;
        }

        return Math.Min(ms, MaxBackoffMs) * 1000;
    }
}

/// <summary>An edge of the graph.</summary>
public sealed record SpecDependency(string Task, DependencyWhen When);

public enum DependencyWhen
{
    /// <summary>The upstream task completed; any other end skips the task that waits.</summary>
    Completed,

    /// <summary>The upstream task ended, however.</summary>
    Settled,

    /// <summary>The upstream task failed, or one of its items did; any other end skips the task that waits.</summary>
    Failed,

    /// <summary>The upstream task was refused by its cell, or one of its items was.</summary>
    Refused,
}
