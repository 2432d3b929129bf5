namespace Voxeltron.Cells;

public enum CellEventKind
{
    /// <summary>First event of a cell: <c>on_start</c>.</summary>
    Start,

    /// <summary>One task: <c>on_task</c>.</summary>
    Task,

    /// <summary>First event of a cell that replaces a lost one: <c>on_resume</c>, or <c>on_start</c> where a module has none.</summary>
    Resume,
}

/// <summary>One event for one cell. Everything a handler can see of the world outside its tables is in here, so it replays.</summary>
/// <param name="Kind">Which export runs.</param>
/// <param name="EnvelopeJson">UTF-8 JSON, docs/abi.md.</param>
/// <param name="Input">Any bytes; only a task has them.</param>
/// <param name="NowUs">What <c>now</c> answers during the event. Unix microseconds.</param>
/// <param name="RandomSeed">32 bytes; only read when the guest asks for randomness.</param>
public readonly record struct CellEvent(
    CellEventKind Kind, ReadOnlyMemory<byte> EnvelopeJson, ReadOnlyMemory<byte> Input, long NowUs, byte[] RandomSeed);
