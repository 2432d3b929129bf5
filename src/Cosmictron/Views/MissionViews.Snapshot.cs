namespace Voxeltron.Cosmictron;

/// <remarks>
/// Part of a snapshot: views that were built while the mission ran, and what each cursor has not been told. The views' rows are
/// not in it, since they follow from the tables.
/// <code>
/// i32 views | per view: text name | text sql | bool published
/// i32 feeds | per feed, by view, number of columns and prefix: text view | i32 columns | bytes prefix
///   i32 segments | per segment: i32 rows | per row, in order: bytes row | i64 weight
///   i32 cursors  | per cursor, by task and ticket: text task | i64 ticket | i64 to | bool reset | i32 segment it waits for, -1 at the end
/// </code>
/// Bytes stand behind their i32 length.
/// </remarks>
public sealed partial class MissionViews
{
    /// <summary>Equal states give equal bytes.</summary>
    public void Write(BinaryWriter target)
    {
        var built = _views.Where(static view => view.IsBuilt).ToList();
        target.Write(built.Count);
        foreach (var view in built)
        {
            target.Write(view.Bound.Name);
            target.Write(view.Bound.Sql);
            target.Write(view.Bound.IsPublished);
        }

        var feeds = Cursors.Feeds().ToList();
        target.Write(feeds.Count);
        foreach (var feed in feeds)
        {
            target.Write(feed.View);
            target.Write(feed.Fields);
            WriteBytes(target, feed.Prefix);
            WriteFeed(target, feed);
        }
    }

    /// <summary>Takes what <see cref="Write"/> wrote, after the spec's views were declared and before the tables are loaded.</summary>
    /// <exception cref="StateFormatException">It is of other tables or views.</exception>
    public void Read(BinaryReader source)
    {
        for (var left = source.ReadInt32(); left > 0; left--)
        {
            try
            {
                var view = new DeclaredView(BoundView.Bind(source.ReadString(), source.ReadString(), source.ReadBoolean(), _store.Schemas)) { IsBuilt = true };
                var at = _views.FindIndex(old => old.Bound.Name == view.Bound.Name);
                _views.RemoveAll(old => old.Bound.Name == view.Bound.Name);
                _views.Insert(at < 0 ? _views.Count : at, view);
            }
            catch (ViewSqlException refused)
            {
                throw new StateFormatException($"A view it names is none of this mission: {refused.Message}");
            }
        }

        Recount();
        for (var left = source.ReadInt32(); left > 0; left--)
        {
            ReadFeed(source);
        }
    }

    private static void WriteFeed(BinaryWriter target, CursorFeed feed)
    {
        var segments = new List<CursorSegment>();
        for (var segment = feed.First; segment is not null; segment = segment.Next)
        {
            segments.Add(segment);
        }

        target.Write(segments.Count);
        var rows = new Batch();
        foreach (var segment in segments)
        {
            rows.Clear();
            segment.Rows.AddTo(rows);
            rows.Consolidate();
            target.Write(rows.Count);
            for (var i = 0; i < rows.Count; i++)
            {
                WriteBytes(target, rows.Row(i));
                target.Write(rows.Weight(i));
            }
        }

        target.Write(feed.Cursors.Count);
        foreach (var cursor in feed.Cursors.OrderBy(static cursor => cursor.TaskKey, StringComparer.Ordinal).ThenBy(static cursor => cursor.Ticket))
        {
            target.Write(cursor.TaskKey);
            target.Write(cursor.Ticket);
            target.Write(cursor.To);
            target.Write(cursor.IsReset);
            target.Write(cursor.First is { } first ? segments.IndexOf(first) : -1);
        }
    }

    private void ReadFeed(BinaryReader source)
    {
        var view = Declared(source.ReadString());
        var fields = source.ReadInt32();
        var prefix = ReadBytes(source);
        if (fields < 0 || fields > view.Bound.Columns.Count)
        {
            throw new StateFormatException($"A prefix of view '{view.Bound.Name}' has {fields} columns.");
        }

        var segments = new List<CursorSegment>();
        for (var left = source.ReadInt32(); left > 0; left--)
        {
            var segment = new CursorSegment(Cursors.NewTrace());
            for (var rows = source.ReadInt32(); rows > 0; rows--)
            {
                segment.Rows.Add(ReadBytes(source), source.ReadInt64());
            }

            segments.Add(segment);
        }

        CursorFeed? feed = null;
        for (var left = source.ReadInt32(); left > 0; left--)
        {
            var (task, ticket, to, isReset, first) = (source.ReadString(), source.ReadInt64(), source.ReadInt64(), source.ReadBoolean(), source.ReadInt32());
            if (first >= segments.Count)
            {
                throw new StateFormatException($"Task '{task}' waits for changes that are not there.");
            }

            var cursor = Cursors.Begin(task, ticket, view.Bound.Name, prefix, fields, to);
            if (feed is null)
            {
                feed = cursor.Feed;
                segments.ForEach(feed.Append);
            }

            Cursors.Place(cursor, first < 0 ? null : segments[first], isReset);
        }
    }

    private static void WriteBytes(BinaryWriter target, ReadOnlySpan<byte> bytes)
    {
        target.Write(bytes.Length);
        target.Write(bytes);
    }

    private static byte[] ReadBytes(BinaryReader source)
    {
        var length = source.ReadInt32();
        var bytes = length < 0 ? [] : source.ReadBytes(length);
        return bytes.Length == length ? bytes : throw new EndOfStreamException();
    }
}
