using System.Diagnostics;
using Voxeltron.Kernel;

namespace Voxeltron.Cosmictron;

/// <summary>
/// Who follows which rows of a mission's views, and what each has not been told yet. A fold over the entries alone: live, at
/// recovery and in replay it is the same after the same entry.
/// </summary>
/// <remarks>
/// A change costs a look-up for each row and each length of prefix in use, and work for the cursors that match; those that do
/// not match cost nothing. Guarded by the mission's writer section.
/// </remarks>
public sealed class ViewCursors
{
    private readonly Dictionary<string, ViewFeeds> _views = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<ViewCursor>> _tasks = new(StringComparer.Ordinal);
    private readonly TraceSpace _space = new();
    private readonly List<CursorFeed> _touched = [];

    // Live only: who is told next, in the order in which something came to be told. No part of the fold.
    private readonly Queue<ViewCursor> _ready = new();

    public int Count { get; private set; }

    /// <summary>Bytes of what was not delivered; follows from the entries alone.</summary>
    public long Bytes => _space.Bytes;

    /// <summary>Somebody may stand in the order.</summary>
    public bool HasReady => _ready.Count > 0;

    public IReadOnlyList<ViewCursor> Of(string taskKey) => _tasks.TryGetValue(taskKey, out var cursors) ? cursors : [];

    /// <exception cref="InvariantException">The task follows nothing under that ticket: a bug, or a damaged log.</exception>
    public ViewCursor Find(string taskKey, long ticket)
    {
        foreach (var cursor in Of(taskKey))
        {
            if (cursor.Ticket == ticket)
            {
                return cursor;
            }
        }

        throw new InvariantException($"Task '{taskKey}' has no subscription {ticket}.");
    }

    /// <summary>The cursor that has waited longest; it leaves the order until something new comes or <see cref="Requeue"/>.</summary>
    public bool TryTakeReady(out ViewCursor cursor)
    {
        while (_ready.TryDequeue(out cursor!))
        {
            cursor.IsQueued = false;
            if (!cursor.IsOver && cursor.HasPending)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The task has a cell again: what waits for it stands in the order once more.</summary>
    public void Requeue(string taskKey)
    {
        foreach (var cursor in Of(taskKey))
        {
            Enqueue(cursor);
        }
    }

    /// <summary>Everything up to <paramref name="to"/> was delivered, and the action that took it is committed.</summary>
    public void Delivered(ViewCursor cursor, long to)
    {
        Debug.Assert(Of(cursor.TaskKey).Contains(cursor), "The cursor is over, or another mission's.");
        MoveToEnd(cursor);
        cursor.To = to;
    }

    /// <summary>The task has ended, or lost its cell for good: it follows nothing any more.</summary>
    public void Ended(string taskKey)
    {
        if (_tasks.Remove(taskKey, out var cursors))
        {
            foreach (var cursor in cursors)
            {
                Leave(cursor);
            }
        }
    }

    internal ViewCursor Begin(string taskKey, long ticket, string view, byte[] prefix, int fields, long to)
    {
        if (!_views.TryGetValue(view, out var feeds))
        {
            _views.Add(view, feeds = new ViewFeeds(view));
        }

        var cursor = new ViewCursor(taskKey, ticket, feeds.Take(prefix, fields), to);
        cursor.Feed.Cursors.Add(cursor);
        cursor.Feed.AtEnd++;
        if (!_tasks.TryGetValue(taskKey, out var own))
        {
            _tasks.Add(taskKey, own = []);
        }

        own.Add(cursor);
        Count++;
        return cursor;
    }

    internal void End(ViewCursor cursor)
    {
        var own = _tasks[cursor.TaskKey];
        own.Remove(cursor);
        if (own.Count == 0)
        {
            _tasks.Remove(cursor.TaskKey);
        }

        Leave(cursor);
    }

    /// <summary>Adds a step's change of a view to what its followers have not been told.</summary>
    // Hot path: per changed view and transaction.
    internal void Add(string view, Batch delta, RowCodec codec)
    {
        if (!_views.TryGetValue(view, out var feeds))
        {
            return;
        }

        _space.Compact();
        Span<int> ends = stackalloc int[feeds.MostFields];
        for (var i = 0; i < delta.Count; i++)
        {
            var row = delta.Row(i);
            codec.FindEnds(row, ends);
            foreach (var fields in feeds.Lengths)
            {
                if (feeds.TryFind(fields, row[..(fields == 0 ? 0 : ends[fields - 1])], out var feed))
                {
                    Add(feed, row, delta.Weight(i));
                }
            }
        }

        foreach (var feed in _touched)
        {
            feed.IsTouched = false;
            DropIfEmpty(feed, feed.Last!);
        }

        _touched.Clear();
    }

    /// <summary>The view has other rows now, all of them: whoever follows it reads it anew.</summary>
    internal void Reset(string view)
    {
        if (!_views.TryGetValue(view, out var feeds))
        {
            return;
        }

        foreach (var feed in feeds.InOrder())
        {
            foreach (var cursor in feed.Cursors)
            {
                MoveToEnd(cursor);
                cursor.IsReset = true;
                Enqueue(cursor);
            }
        }
    }

    /// <summary>The most columns some task names of the view's first; 0: nobody follows it, or all of it.</summary>
    internal int FieldsFollowed(string view) => _views.TryGetValue(view, out var feeds) ? feeds.MostFields : 0;

    /// <summary>By view and prefix: all feeds, for a snapshot.</summary>
    internal IEnumerable<CursorFeed> Feeds() => _views.OrderBy(static view => view.Key, StringComparer.Ordinal).SelectMany(static view => view.Value.InOrder());

    internal Trace NewTrace() => new(_space, isOrdered: false);

    /// <summary>Puts a cursor before a segment that was read from a snapshot.</summary>
    internal void Place(ViewCursor cursor, CursorSegment? first, bool isReset)
    {
        cursor.First = first;
        if (first is not null)
        {
            first.Waiting++;
            cursor.Feed.AtEnd--;
        }

        cursor.IsReset = isReset;
        if (cursor.HasPending)
        {
            Enqueue(cursor);
        }
    }

    private void Add(CursorFeed feed, ReadOnlySpan<byte> row, long weight)
    {
        if (!feed.IsTouched)
        {
            feed.IsTouched = true;
            _touched.Add(feed);
            if (feed.AtEnd > 0)
            {
                Open(feed);
            }
        }

        feed.Last!.Rows.Add(row, weight);
    }

    /// <summary>Begins a segment for those who were told everything so far.</summary>
    private void Open(CursorFeed feed)
    {
        var segment = new CursorSegment(NewTrace());
        feed.Append(segment);
        feed.AtEnd = 0;
        foreach (var cursor in feed.Cursors)
        {
            if (cursor.First is null)
            {
                cursor.First = segment;
                segment.Waiting++;
                Enqueue(cursor);
            }
        }
    }

    private void Enqueue(ViewCursor cursor)
    {
        if (!cursor.IsQueued && cursor.HasPending)
        {
            cursor.IsQueued = true;
            _ready.Enqueue(cursor);
        }
    }

    private static void MoveToEnd(ViewCursor cursor)
    {
        cursor.IsReset = false;
        if (cursor.First is { } segment)
        {
            cursor.First = null;
            cursor.Feed.AtEnd++;
            if (--segment.Waiting == 0)
            {
                Retire(cursor.Feed, segment);
            }
        }
    }

    /// <summary>Nobody stands before the segment: it is part of the one before it, or nobody's.</summary>
    private static void Retire(CursorFeed feed, CursorSegment segment)
    {
        feed.Remove(segment);
        if (segment.Previous is { } previous)
        {
            segment.Rows.AddTo(previous.Rows);
            segment.Rows.Clear();
            DropIfEmpty(feed, previous);
            return;
        }

        segment.Rows.Clear();
    }

    /// <summary>Changes that came to nothing are nothing to be told.</summary>
    private static void DropIfEmpty(CursorFeed feed, CursorSegment segment)
    {
        if (segment.Rows.Count > 0)
        {
            return;
        }

        feed.Remove(segment);
        foreach (var cursor in feed.Cursors)
        {
            if (cursor.First == segment)
            {
                cursor.First = segment.Next;
                if (segment.Next is { } next)
                {
                    next.Waiting++;
                }
                else
                {
                    feed.AtEnd++;
                }
            }
        }
    }

    private void Leave(ViewCursor cursor)
    {
        MoveToEnd(cursor);
        cursor.IsOver = true;
        cursor.Feed.AtEnd--;
        Count--;
        cursor.Feed.Cursors.Remove(cursor);
        if (cursor.Feed.Cursors.Count > 0)
        {
            return;
        }

        // Nobody is left who could be told what remains.
        for (var segment = cursor.Feed.First; segment is not null; segment = segment.Next)
        {
            segment.Rows.Clear();
        }

        var feeds = _views[cursor.View];
        feeds.Remove(cursor.Feed);
        if (feeds.IsEmpty)
        {
            _views.Remove(cursor.View);
        }
    }
}
