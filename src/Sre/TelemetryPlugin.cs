using System.ComponentModel;
using Microsoft.SemanticKernel;
using Voxeltron.Postgres;

namespace Voxeltron.Sre;

/// <summary>
/// What any model behind the kernel may call, now or later: questions with fixed SQL and bounded answers. There is no function
/// here that writes, and none that takes text which reaches SQL.
/// </summary>
internal sealed class TelemetryPlugin(TelemetryQueries telemetry)
{
    public const string Name = "telemetry";

    /// <summary>Arguments come from whoever calls, later from a model: clamped, never trusted.</summary>
    private const int MaxSeconds = 24 * 60 * 60;

    [KernelFunction("hosts"), Description("Worker hosts by state, cells live and capacity, and how many have been silent.")]
    public Task<HostsSeen> HostsAsync([Description("A host counts as silent after this many seconds without renewal.")] int silentAfterS = 5, CancellationToken cancel = default) =>
        telemetry.HostsAsync(Seconds(silentAfterS), cancel);

    [KernelFunction("stuck_missions"), Description("Missions that have tasks to do and have not moved.")]
    public Task<IReadOnlyList<StuckMission>> StuckMissionsAsync([Description("Seconds without any change.")] int stillForS = 60, CancellationToken cancel = default) =>
        telemetry.StuckMissionsAsync(Seconds(stillForS), cancel);

    [KernelFunction("aborts_by_code"), Description("How often actions of cells were aborted, by reason code.")]
    public Task<IReadOnlyList<AbortCount>> AbortsByCodeAsync([Description("Look back this many seconds.")] int windowS = 600, CancellationToken cancel = default) =>
        telemetry.AbortsByCodeAsync(Seconds(windowS), cancel);

    [KernelFunction("inbox_pending"), Description("Signed acts that no owner has appended to the log yet, and the age of the oldest.")]
    public Task<InboxBacklog> InboxAsync(CancellationToken cancel = default) => telemetry.InboxAsync(cancel);

    [KernelFunction("commit_lag"), Description("Seconds since the last durable commit, commits not numbered yet, size of the last checkpoint.")]
    public Task<CommitLag> CommitLagAsync(CancellationToken cancel = default) => telemetry.CommitLagAsync(cancel);

    [KernelFunction("ownerless_streams"), Description("Streams with work to do that no host owns.")]
    public Task<OwnerlessStreams> OwnerlessAsync(CancellationToken cancel = default) => telemetry.OwnerlessAsync(cancel);

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(Math.Clamp(seconds, 1, MaxSeconds));
}
