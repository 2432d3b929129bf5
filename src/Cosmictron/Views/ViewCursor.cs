namespace Voxeltron.Cosmictron;

/// <summary>
/// A task's place in the changes of a view: everything up to <see cref="To"/> was delivered to it, what came since waits. It
/// belongs to the task, not to the cell that runs it.
/// </summary>
public sealed class ViewCursor
{
    internal ViewCursor(string taskKey, long ticket, CursorFeed feed, long to)
    {
        TaskKey = taskKey;
        Ticket = ticket;
        Feed = feed;
        To = to;
    }

    public string TaskKey { get; }

    /// <summary>Its number among all the task ever waited for.</summary>
    public long Ticket { get; }

    public string View => Feed.View;

    /// <summary>The last seq whose change was delivered; the next delivery begins behind it.</summary>
    public long To { get; internal set; }

    /// <summary>The view was built anew: the next delivery says so, and carries no rows.</summary>
    public bool IsReset { get; internal set; }

    /// <summary>There is something to deliver.</summary>
    public bool HasPending => IsReset || First is not null;

    /// <summary>Bytes that nobody else waits for: they are given back when this cursor was told.</summary>
    internal long OwnBytes => First is { Waiting: 1, Previous: null } only ? only.Rows.Bytes : 0;

    internal CursorFeed Feed { get; }

    /// <summary>The oldest changes that were not delivered; null: it stands at the end.</summary>
    internal CursorSegment? First { get; set; }

    internal bool IsQueued { get; set; }

    /// <summary>It is followed no more.</summary>
    internal bool IsOver { get; set; }
}
