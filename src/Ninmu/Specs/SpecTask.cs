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
    int MaxAttempts,
    int BackoffMs)
{
    /// <summary>What people must let through before it begins; null: nothing.</summary>
    public SpecGate? Gate { get; init; }
}

/// <summary>An edge of the graph.</summary>
public sealed record SpecDependency(string Task, DependencyWhen When);

public enum DependencyWhen
{
    /// <summary>The upstream task completed; any other end skips the task that waits.</summary>
    Completed,

    /// <summary>The upstream task ended, however.</summary>
    Settled,
}
