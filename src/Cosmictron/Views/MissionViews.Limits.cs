namespace Voxeltron.Cosmictron;

// What views may take, and what is refused for it.
public sealed partial class MissionViews
{
    public const int MostViews = 32;

    /// <summary>What one operator may give in one transaction.</summary>
    internal const int BatchBytes = 8 * 1024 * 1024;

    /// <summary>The same while loading, where rows come in the order of their keys and one may stand for many steps: a bound of memory alone.</summary>
    private const int LoadBatchBytes = 1024 * 1024 * 1024;

    /// <summary>Of all published views' changes in one transaction: they are rows of one commit, and in JSON up to six times as long.</summary>
    internal const int PublishedStepBytes = 16 * 1024 * 1024;

    /// <summary>Of a view that is built while its mission runs: all its rows are written down in one commit.</summary>
    private const long MostPublishedBytes = 32 * 1024 * 1024;

    /// <summary>
    /// Tables, views and what was not delivered share the mission's bytes. Only a transaction that makes rows or views larger is
    /// refused: one that makes room never is, and what the delivery in progress will free is free already.
    /// </summary>
    private CircuitFault? TooLarge(ReadOnlySpan<RowChange> changes, long growth, ViewCursor? delivering)
    {
        var total = _store.Bytes + _circuit!.Bytes + Cursors.Bytes - (delivering?.OwnBytes ?? 0);
        if (total <= _store.Limits.TotalBytes)
        {
            return null;
        }

        foreach (ref readonly var change in changes)
        {
            growth += change.After == RecordHeap.NoRecord ? 0 : change.Table.RecordAt(change.After).Bytes;
            growth -= change.Before == RecordHeap.NoRecord ? 0 : change.Table.RecordAt(change.Before).Bytes;
        }

        return growth <= 0
            ? null
            : new CircuitFault(
                CircuitLimits.TooLarge,
                $"tables, views and what followers were not told would take {total} bytes; at most {_store.Limits.TotalBytes} are allowed", "", [.. _views.Select(static view => view.Bound.Name)]);
    }

    private CircuitFault? TooMuchPublished()
    {
        var bytes = 0L;
        foreach (var view in _views)
        {
            bytes += view.Bound.IsPublished ? view.Output!.Delta.Bytes + ((long)view.Output.Delta.Count * view.NameBytes) : 0;
        }

        return bytes <= PublishedStepBytes
            ? null
            : new CircuitFault(
                CircuitLimits.StepTooLarge,
                $"the published views change by {bytes} bytes in one step; at most {PublishedStepBytes} are written down", "", [.. _views.Where(static view => view.Bound.IsPublished).Select(static view => view.Bound.Name)]);
    }

    private ViewRefusal? RefuseNew(BoundView view)
    {
        if (_store.Tables.Any(table => table.Schema.Name == view.Name))
        {
            return new ViewRefusal("view_refused", view.Name, $"'{view.Name}' is a table of this mission: give the view another name");
        }

        return _views.Count < MostViews ? null : new ViewRefusal("view_refused", view.Name, $"a mission has at most {MostViews} views: give one of them this SQL");
    }

    /// <summary>A cursor's prefix means values of columns that the view must still begin with.</summary>
    private ViewRefusal? RefuseFollowed(BoundView view)
    {
        var followed = Cursors.FieldsFollowed(view.Name);
        if (followed == 0)
        {
            return null;
        }

        static (ColumnType, int) Type(Column column) => (column.Type, column.Scale);
        return Find(view.Name)!.Columns.Take(followed).Select(Type).SequenceEqual(view.Columns.Take(followed).Select(Type))
            ? null
            : new ViewRefusal("view_followed", view.Name, $"tasks follow view '{view.Name}' by its first {followed} column(s): their types must stay until those tasks have ended");
    }
}
