namespace Voxeltron.Kernel;

/// <summary>Every bound that more than one room must agree on. A limit of one room alone lives in that room.</summary>
public static class Limits
{
    /// <summary>Canonical text of an entry body, in UTF-8 bytes.</summary>
    public const int EntryBodyBytes = 16 * 1024;

    /// <summary>One entry's payload: a task input, a module, a write set.</summary>
    public const int EntryPayloadBytes = 16 * 1024 * 1024;

    /// <summary>
    /// Of an action's payload, the room of what is no write: result, logs, emits, timers, message, as JSON with every byte
    /// escaped sixfold.
    /// </summary>
    public const int ActionOutputJsonBytes = 5 * 1024 * 1024;

    /// <summary>Cells one process may have at once, if the machine grants them.</summary>
    public const int CellsPerProcess = 14_000;

    /// <summary>One uploaded module.</summary>
    public const int ModuleBytes = 8 * 1024 * 1024;

    /// <summary>One task input.</summary>
    public const int TaskInputBytes = 4 * 1024 * 1024;

    /// <summary>One mission spec document.</summary>
    public const int MissionSpecBytes = 1024 * 1024;

    /// <summary>A view's SQL, in UTF-8 bytes.</summary>
    public const int ViewSqlBytes = 16 * 1024;

    /// <summary>Items one mission input may take.</summary>
    public const int ItemsPerInput = 100_000;

    /// <summary>Item key and task id, in ASCII characters.</summary>
    public const int NameLength = 64;
}
