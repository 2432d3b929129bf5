using Voxeltron.Cosmictron;
using Xunit;

namespace Voxeltron.Tests.Unit.Cosmictron.Views;

/// <summary>A store with views and tasks that follow them, and beside it all that a cursor may be compared with.</summary>
internal sealed class CursorWorld
{
    private static readonly IReadOnlyList<TableSchema> s_tables =
        [new("entry", [new("id", ColumnType.Int64), new("grp", ColumnType.Text), new("amount", ColumnType.Int64, Nullable: true)], ["id"])];

    private static readonly string[] s_names = ["sums", "groups", "entries"];

    // Two kinds of SQL for each, with the same types of columns.
    private static readonly string[][] s_sql =
    [
        ["select grp, max(amount) as amount, count(*) as entries from entry group by grp", "select grp, min(amount) as amount, count(*) as entries from entry where amount > 3 group by grp"],
        ["select distinct grp from entry", "select grp from entry"],
        ["select grp, amount, id from entry", "select grp, amount, id from entry where amount is null or amount < 5"],
    ];

    private readonly Random _random;
    private readonly Dictionary<ViewCursor, Told> _told = [];

    // By seq, from 0: the content of each view after that entry.
    private readonly List<Dictionary<string, Dictionary<string, long>>> _contents = [];
    private MissionStore _store;
    private long _tickets;
    private int _tasks;

    public CursorWorld(Random random)
    {
        _random = random;
        _store = NewStore();
        _store.Views.Load();
        Remember();
    }

    /// <summary>Entries change no rows any more.</summary>
    public bool IsQuiet { get; set; }

    private long Seq => _contents.Count - 1;

    /// <summary>An entry that changes some rows, or none.</summary>
    public void Act() => Commit(static _ => { });

    public void Follow()
    {
        var view = s_names[_random.Next(s_names.Length)];
        var columns = _store.Views.Find(view)!.Columns.Count;
        var prefix = Prefix(Math.Min(columns, _random.Next(3)));
        var task = _random.Next(3) == 0 || _tasks == 0 ? $"t{_tasks++}" : $"t{_random.Next(_tasks)}";
        var begun = new CellSubscription(++_tickets, view, prefix);
        Commit(seq =>
        {
            _store.Views.Follow(task, begun, seq);
            _told.Add(_store.Views.Cursors.Find(task, begun.Ticket), new Told { To = seq - 1 });
        });
    }

    /// <summary>Tells whoever has waited longest, in an entry that changes rows too.</summary>
    public Delivery? Deliver()
    {
        if (Take() is not { } cursor)
        {
            return null;
        }

        var told = _told[cursor];
        var delivery = _store.Views.Deliver(cursor, Seq);
        Assert.Equal((told.To, Seq, told.IsReset), (delivery.From, delivery.To, delivery.IsReset));
        var rows = Read(delivery);
        var (changed, isReset) = (0, told.IsReset);
        if (told.IsReset)
        {
            Assert.Empty(rows);
            told.Sum = Content(cursor, Seq);
        }
        else
        {
            for (var seq = told.To + 1; seq <= Seq; seq++)
            {
                changed += Equal(Content(cursor, seq), Content(cursor, seq - 1)) ? 0 : 1;
            }

            foreach (var (row, weight) in rows)
            {
                Add(told.Sum, row, weight);
            }

            // Empty where changes on both sides of another cursor's place came to nothing.
            Assert.Equal(Difference(Content(cursor, Seq), Content(cursor, told.To)), rows);
        }

        var to = Seq;
        Commit(_ => _store.Views.Cursors.Delivered(cursor, to));
        (told.To, told.IsReset) = (to, false);
        return new Delivery(changed, isReset);
    }

    /// <summary>A delivery that leaves nothing behind: the cell is lost, and the next one is told again.</summary>
    public bool Abort()
    {
        if (Take() is not { } cursor)
        {
            return false;
        }

        Read(_store.Views.Deliver(cursor, Seq));
        _store.Views.Cursors.Requeue(cursor.TaskKey);
        return true;
    }

    public void End()
    {
        if (_tasks == 0)
        {
            return;
        }

        var task = $"t{_random.Next(_tasks)}";
        var cursors = _store.Views.Cursors.Of(task).ToList();
        if (cursors.Count > 1 && _random.Next(2) == 0)
        {
            cursors = [cursors[_random.Next(cursors.Count)]];
            _store.Views.Unfollow(task, cursors[0].Ticket);
        }
        else
        {
            _store.Views.Cursors.Ended(task);
        }

        cursors.ForEach(cursor => _told.Remove(cursor));
    }

    public void Rebuild()
    {
        var view = _random.Next(s_names.Length);
        var sql = s_sql[view][_random.Next(2)];
        Assert.Null(_store.Views.Build(BoundView.Bind(s_names[view], sql, isPublished: false, s_tables)));
        Remember();
        foreach (var (cursor, told) in _told)
        {
            told.IsReset |= cursor.View == s_names[view];
        }
    }

    /// <summary>Goes on with a store that was read from a snapshot of this one.</summary>
    public void Restore()
    {
        var (views, dump) = Written(_store);
        var restored = NewStore();
        restored.Views.Read(new BinaryReader(new MemoryStream(views)));
        restored.LoadDump(new MemoryStream(dump));
        restored.Views.Load();
        var (viewsAgain, dumpAgain) = Written(restored);
        Assert.Equal(views, viewsAgain);
        Assert.Equal(dump, dumpAgain);
        Assert.Equal(_store.Views.Bytes, restored.Views.Bytes);
        foreach (var (old, told) in _told.ToList())
        {
            _told.Remove(old);
            _told.Add(restored.Views.Cursors.Find(old.TaskKey, old.Ticket), told);
        }

        _store = restored;
    }

    public void AssertAllTold()
    {
        foreach (var (cursor, told) in _told)
        {
            Assert.False(cursor.HasPending);
            Assert.Equal(Content(cursor, Seq).OrderBy(static row => row.Key, StringComparer.Ordinal), told.Base(Content(cursor, told.Began)).OrderBy(static row => row.Key, StringComparer.Ordinal));
        }

        Assert.Equal(0, _store.Views.Cursors.Bytes);
        foreach (var task in Enumerable.Range(0, _tasks))
        {
            _store.Views.Cursors.Ended($"t{task}");
        }

        Assert.Equal(0, _store.Views.Cursors.Count);
    }

    private ViewCursor? Take() => _store.Views.Cursors.TryTakeReady(out var cursor) ? cursor : null;

    private static MissionStore NewStore()
    {
        var store = new MissionStore(s_tables, StoreLimits.Default);
        store.Views.Declare(s_names.Select(static (name, i) => BoundView.Bind(name, s_sql[i][0], isPublished: false, s_tables)));
        return store;
    }

    private void Commit(Action<long> fold)
    {
        var transaction = _store.Begin();
        for (var writes = IsQuiet ? 0 : _random.Next(4); writes > 0; writes--)
        {
            var id = _random.Next(12);
            if (_random.Next(3) == 0)
            {
                transaction.Delete("entry"u8, RandomRows.Tuple([(long)id]));
            }
            else
            {
                transaction.Put("entry"u8, RandomRows.Tuple([(long)id, Group(), _random.Next(5) == 0 ? null : (long)_random.Next(8)]));
            }
        }

        Assert.Null(transaction.TryCommit(out _));
        fold(Seq + 1);
        Remember(Seq + 1);
    }

    private void Remember(long? committed = null)
    {
        if (committed is { } seq)
        {
            _store.Views.Committed(seq);
        }

        _contents.Add(s_names.ToDictionary(
            static name => name, name => _store.Views.Rows(name).ToDictionary(static row => Convert.ToHexString(row.Key), static row => row.Weight)));
    }

    private string Group() => new('g', 1 + _random.Next(3));

    private byte[] Prefix(int fields) => fields switch
    {
        0 => [],
        1 => RandomRows.Tuple([Group()]),
        _ => RandomRows.Tuple([Group(), _random.Next(5) == 0 ? null : (long)_random.Next(8)]),
    };

    private Dictionary<string, long> Content(ViewCursor cursor, long seq)
    {
        var prefix = Convert.ToHexString(cursor.Feed.Prefix);
        return _contents[(int)seq][cursor.View].Where(row => row.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(static row => row.Key, static row => row.Value);
    }

    /// <summary>Rows as cells read them, made into bytes again; last of each its weight.</summary>
    private Dictionary<string, long> Read(ViewDelivery delivery)
    {
        var codec = new ViewRowCodec(_store.Views.Find(delivery.Cursor.View)!.Columns);
        var columns = _store.Views.Find(delivery.Cursor.View)!.Columns.Count;
        var rows = new Dictionary<string, long>();
        var last = "";
        while (delivery.TryPeek(out var tuple))
        {
            Assert.True(delivery.TryPeek(out var again) && again.SequenceEqual(tuple));
            var weight = System.Buffers.Binary.BinaryPrimitives.ReadInt64LittleEndian(tuple[^8..]);
            byte[] fields = [.. tuple[..^9]];
            System.Buffers.Binary.BinaryPrimitives.WriteUInt16LittleEndian(fields, (ushort)columns);
            var bytes = new RowBuffer();
            Assert.Equal(StateStatus.Ok, codec.TryReadPrefix(fields, int.MaxValue, bytes, out var read));
            Assert.Equal(columns, read);
            var row = Convert.ToHexString(bytes.Written);
            Assert.True(string.CompareOrdinal(last, row) < 0, "Rows are not in order, or come twice.");
            Assert.NotEqual(0, weight);
            rows.Add(last = row, weight);
            delivery.Advance();
        }

        return rows;
    }

    private static (byte[] Views, byte[] Dump) Written(MissionStore store)
    {
        var (views, dump) = (new MemoryStream(), new MemoryStream());
        using var writer = new BinaryWriter(views);
        store.Views.Write(writer);
        store.WriteDump(dump);
        return (views.ToArray(), dump.ToArray());
    }

    private static bool Equal(Dictionary<string, long> a, Dictionary<string, long> b) => Difference(a, b).Count == 0;

    private static Dictionary<string, long> Difference(Dictionary<string, long> after, Dictionary<string, long> before)
    {
        var difference = new Dictionary<string, long>(after);
        foreach (var (row, weight) in before)
        {
            Add(difference, row, -weight);
        }

        return difference;
    }

    private static void Add(Dictionary<string, long> sum, string row, long weight)
    {
        sum[row] = sum.GetValueOrDefault(row) + weight;
        if (sum[row] == 0)
        {
            sum.Remove(row);
        }
    }

    /// <summary>What came of one delivery.</summary>
    /// <param name="Transactions">That changed what the cursor follows.</param>
    public sealed record Delivery(int Transactions, bool IsReset);

    /// <summary>What one cursor was told so far.</summary>
    private sealed class Told
    {
        private long? _began;
        private long _to;

        public long Began => _began ?? 0;

        public long To
        {
            get => _to;
            set
            {
                _to = value;
                _began ??= value;
            }
        }

        private bool _wasReset;
        private Dictionary<string, long> _sum = [];

        public bool IsReset { get; set; }

        /// <summary>Of all changes since the cursor began, or the content at the last reset and the changes since.</summary>
        public Dictionary<string, long> Sum
        {
            get => _sum;
            set
            {
                _sum = value;
                _wasReset = true;
            }
        }

        /// <summary>The content it must have by now, from what it had when it began.</summary>
        public Dictionary<string, long> Base(Dictionary<string, long> began)
        {
            var content = _wasReset ? [] : new Dictionary<string, long>(began);
            foreach (var (row, weight) in _sum)
            {
                Add(content, row, weight);
            }

            return content;
        }
    }
}
