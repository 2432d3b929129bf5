namespace Voxeltron.Cosmictron;

/// <summary>Changes that were made one behind the other, summed: cursors stand before it, none inside.</summary>
internal sealed class CursorSegment(Trace rows)
{
    public Trace Rows { get; } = rows;

    /// <summary>Cursors whose oldest undelivered changes these are.</summary>
    public int Waiting { get; set; }

    public CursorSegment? Previous { get; set; }

    public CursorSegment? Next { get; set; }
}

/// <summary>
/// The undelivered changes of those rows of a view that begin with one prefix, shared by all cursors that follow them. There
/// is a border between two segments only where a cursor stands: so a cursor that is slow waits for one sum, however many
/// transactions it holds, and what was written and taken back is not in it.
/// </summary>
internal sealed class CursorFeed(string view, byte[] prefix, int fields)
{
    public string View { get; } = view;

    /// <summary>Bytes that the rows begin with; empty is all rows.</summary>
    public byte[] Prefix { get; } = prefix;

    public int Fields { get; } = fields;

    /// <summary>In the order in which they began, or after a snapshot by task and ticket: it decides nothing but who is told first.</summary>
    public List<ViewCursor> Cursors { get; } = [];

    public CursorSegment? First { get; private set; }

    public CursorSegment? Last { get; private set; }

    /// <summary>The last commit changed it.</summary>
    public bool IsTouched { get; set; }

    /// <summary>Cursors that were told everything.</summary>
    public int AtEnd { get; set; }

    public void Append(CursorSegment segment)
    {
        segment.Previous = Last;
        if (Last is null)
        {
            First = segment;
        }
        else
        {
            Last.Next = segment;
        }

        Last = segment;
    }

    public void Remove(CursorSegment segment)
    {
        if (segment.Previous is null)
        {
            First = segment.Next;
        }
        else
        {
            segment.Previous.Next = segment.Next;
        }

        if (segment.Next is null)
        {
            Last = segment.Previous;
        }
        else
        {
            segment.Next.Previous = segment.Previous;
        }
    }
}
