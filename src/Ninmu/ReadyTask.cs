using Voxeltron.Kernel;

namespace Voxeltron.Ninmu;

/// <summary>A task to dispatch now, with the number of the attempt that begins.</summary>
/// <param name="IsLong">Its events get all the fuel their profile allows, not a slice.</param>
public sealed record ReadyTask(
    string TaskKey, string TaskId, string? ItemKey, ModuleDigest Module, CellProfile Profile, int Attempt, TaskInput Input, bool IsLong = false);

/// <summary>Where a task's input bytes stand: the payload of an <c>input.submitted</c> entry, or the result of an <c>action</c>.</summary>
/// <param name="TaskKey">The task whose result it is; null otherwise.</param>
public readonly record struct TaskInput(TaskInputKind Kind, long Seq, string? TaskKey);

public enum TaskInputKind
{
    None,
    Item,
    Result,
}
