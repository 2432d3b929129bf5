using Voxeltron.Api.Http;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Api.Missions;

internal sealed record TaskCounts(int Total, int Waiting, int Running, int Completed, int Refused, int Failed, int Skipped);

internal sealed record MissionLinks(string Self, string Tasks, string Events)
{
    public static MissionLinks Of(MissionId mission) => new($"/v1/missions/{mission}", $"/v1/missions/{mission}/tasks", $"/v1/missions/{mission}/events");
}

/// <param name="Status">open, running, completed, failed, cancelled; submitted: no owner yet; refused: its owner refused the spec.</param>
/// <param name="Seq">The entry this view reflects; 0 while submitted.</param>
/// <param name="Code">Why it was refused.</param>
internal sealed record MissionView(
    string MissionId,
    string Name,
    string Status,
    string SpecDigest,
    long Seq,
    long Epoch,
    TaskCounts Tasks,
    string? Reason,
    string TimeCreated,
    string? TimeModified,
    string? TimeCompleted,
    MissionLinks Links,
    string? Code = null,
    IReadOnlyList<ProblemError>? Errors = null)
{
    public static MissionView Of(MissionRow row) => new(
        row.Mission.ToString(),
        row.Name,
        row.Status,
        row.SpecDigest,
        row.Seq,
        row.Epoch,
        new TaskCounts(row.TasksTotal, row.TasksWaiting, row.TasksRunning, row.TasksCompleted, row.TasksRefused, row.TasksFailed, row.TasksSkipped),
        row.Reason,
        ApiTime.Text(row.TimeCreatedUs),
        ApiTime.Text(row.TimeModifiedUs),
        row.TimeCompletedUs is { } completed ? ApiTime.Text(completed) : null,
        MissionLinks.Of(row.Mission));
}

internal sealed record MissionPage(IReadOnlyList<MissionView> Missions, string? NextAfter);

internal sealed record TaskView(
    string TaskKey,
    string TaskId,
    string? ItemKey,
    string Status,
    int Attempt,
    string? CellId,
    string ModuleDigest,
    string? WaitingFor,
    string? OutcomeCode,
    long LastSeq,
    string TimeCreated,
    string TimeModified)
{
    public static TaskView Of(TaskRow row) => new(
        row.TaskKey,
        row.TaskId,
        row.ItemKey,
        row.Status,
        row.Attempt,
        row.Cell?.ToString(),
        row.Module.Value,
        row.WaitingFor,
        row.OutcomeCode,
        row.LastSeq,
        ApiTime.Text(row.TimeCreatedUs),
        ApiTime.Text(row.TimeModifiedUs));
}

internal sealed record TaskPage(IReadOnlyList<TaskView> Tasks, string? NextAfter);

/// <param name="Status">accepted, attached, or admitted: an owner has appended it at <paramref name="Seq"/>.</param>
/// <param name="Sha256">Of the bytes received.</param>
internal sealed record ItemView(string MissionId, string Input, string Item, string IntentId, string Status, long? Seq, string Sha256);

internal sealed record BatchLineView(string Input, string Item, string Status);

internal sealed record BatchView(int Accepted, int Attached, IReadOnlyList<BatchLineView> Tasks);

/// <summary>An act on a mission that needs no body: closing an input, cancelling.</summary>
internal sealed record ActView(string MissionId, string? Input, string IntentId, string Status);
