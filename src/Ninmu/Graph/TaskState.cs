namespace Voxeltron.Ninmu;

/// <summary>
/// <code>
/// Blocked ─► Ready ─► Running ─► Completed | Refused
///    │         ▲ │       │
///    │  Backoff┘ │ ◄─────┤ aborted, attempts left (host lost: straight to Ready)
///    │           ▼       ▼ aborted, none left
///    ▼         Failed ◄─ Exhausted
/// Doomed ─► Skipped          any of these, on cancel ─► Cancelled
/// </code>
/// Doomed and Exhausted wait only for their decision to be written.
/// </summary>
internal enum TaskState : byte
{
    Blocked,
    Ready,
    Running,
    Backoff,
    Exhausted,
    Doomed,
    Completed,
    Refused,
    Failed,
    Skipped,
    Cancelled,
}
