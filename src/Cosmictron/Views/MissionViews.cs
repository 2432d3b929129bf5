using System.Buffers;
using System.Text.Json;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Cosmictron;

/// <summary>
/// The views of one mission: what they are, the circuit that keeps them, who follows them. Stepped inside the store's commit;
/// see README.md. Guarded by the mission's writer section, as the store.
/// </summary>
/// <remarks>
/// At recovery the circuit is not stepped until somebody needs it: nothing of it is in the log but what cursors were told, so it
/// is loaded from the tables when the first cursor begins, and else when the mission goes on.
/// </remarks>
public sealed partial class MissionViews
{
    private readonly MissionStore _store;
    private readonly ViewDelivery _delivery = new();
    private readonly RowBuffer _prefix = new();
    private List<DeclaredView> _views = [];
    private Circuit? _circuit;

    // Whose delivery was given out last; until the next commit.
    private ViewCursor? _delivering;

    // The last commit's changes wait to be told their seq.
    private bool _isStepped;
    private List<ViewChange> _published = [];

    internal MissionViews(MissionStore store) => _store = store;

    /// <summary>In the order declared.</summary>
    public IEnumerable<BoundView> All => _views.Select(static view => view.Bound);

    public ViewCursors Cursors { get; } = new();

    /// <summary>Bytes of the circuit and of what was not delivered. They follow from the entries alone.</summary>
    public long Bytes => (_circuit?.Bytes ?? 0) + Cursors.Bytes;

    /// <summary>Changes of published views are kept for <see cref="DrainPublished"/>.</summary>
    public bool Publishes { get; set; }

    /// <summary>Bytes of what <see cref="DrainPublished"/> would give.</summary>
    public long PublishedBytes { get; private set; }

    public BoundView? Find(string name) => _views.Find(view => view.Bound.Name == name)?.Bound;

    /// <summary>The views of a mission that begins, or of a snapshot that is read. Names are each one's own.</summary>
    public void Declare(IEnumerable<BoundView> views)
    {
        _views = [.. views.Select(static view => new DeclaredView(view))];
        _circuit = null;
        Recount();
    }

    /// <summary>Takes the rows the tables have now, if that was not done.</summary>
    /// <exception cref="StateFormatException">The views have no value for them: the rows are not what this program would have committed.</exception>
    public void Load()
    {
        if (_circuit is not null || _views.Count == 0)
        {
            return;
        }

        // Whatever they take: they were committed within their bounds, in another order and so in other steps.
        var circuit = NewCircuit(_views, LoadBatchBytes);
        circuit.MostBytes = long.MaxValue;
        if (circuit.Load() is { } fault)
        {
            throw new StateFormatException($"The views have no value for the mission's rows: {ViewRefusal.Of(fault).Message}");
        }

        Use(circuit, _views);
    }

    /// <summary>Gives a view other SQL, or adds it, from the rows there are. All or nothing.</summary>
    /// <returns>Why not.</returns>
    public ViewRefusal? Build(BoundView view)
    {
        if (_isStepped)
        {
            throw new InvariantException("A view was built before the last commit had its seq.");
        }

        var views = _views.ToList();
        var at = views.FindIndex(old => old.Bound.Name == view.Name);
        if ((at < 0 ? RefuseNew(view) : RefuseFollowed(view)) is { } refusal)
        {
            return refusal;
        }

        if (at >= 0)
        {
            views[at] = new DeclaredView(view) { IsBuilt = true };
        }
        else
        {
            views.Add(new DeclaredView(view) { IsBuilt = true });
        }

        if (_circuit is null)
        {
            // At recovery, where nobody follows a view yet: it was built, and will be loaded with the others when somebody asks.
            _views = views;
            Recount();
            return null;
        }

        var circuit = NewCircuit(views, LoadBatchBytes);
        circuit.MostBytes = _store.Limits.TotalBytes - _store.Bytes - Cursors.Bytes;
        if (circuit.Load() is { } fault)
        {
            return ViewRefusal.Of(fault);
        }

        var rows = circuit[view.Name].Rows;
        var published = view.IsPublished ? rows.Bytes + ((long)rows.Count * new DeclaredView(view).NameBytes) : 0;
        if (published > MostPublishedBytes)
        {
            return new ViewRefusal("views_too_large", view.Name, $"view '{view.Name}' has {published} bytes of rows with their names; at most {MostPublishedBytes} can be published at once");
        }

        Use(circuit, views);
        Cursors.Reset(view.Name);
        return null;
    }

    /// <summary>Rows of a view as of the last commit, each once, in order.</summary>
    public IReadOnlyList<ViewRow> Rows(string name)
    {
        Load();
        var view = Declared(name);
        var rows = new List<ViewRow>(view.Output!.Rows.Count);
        for (var position = view.Output.Rows.Seek([]); view.Output.Rows.TryRead(ref position, [], out var row, out var weight);)
        {
            rows.Add(view.RowOf(row, weight));
        }

        return rows;
    }

    /// <summary>SHA-256 over a view's rows in order: <c>u32be length | row | i64be weight</c> each. Equal contents have equal roots.</summary>
    public byte[] Root(string name, out int rows)
    {
        Load();
        var output = Declared(name).Output!;
        using var hash = new HashedOutput(Stream.Null);
        rows = output.Rows.Count;
        Span<byte> number = stackalloc byte[sizeof(long)];
        for (var position = output.Rows.Seek([]); output.Rows.TryRead(ref position, [], out var row, out var weight);)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(number, row.Length);
            hash.Write(number[..sizeof(int)]);
            hash.Write(row);
            System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(number, weight);
            hash.Write(number);
        }

        return hash.Digest();
    }

    /// <summary>
    /// A task begins to follow the rows that begin with a prefix, from the seq before the action that says so: whoever reads the
    /// view in that action and follows it from there misses nothing and is told nothing twice.
    /// </summary>
    /// <param name="seq">Of that action, which <see cref="Committed"/> has not seen yet.</param>
    public void Follow(string taskKey, in CellSubscription begun, long seq)
    {
        if (_circuit is null)
        {
            throw new InvariantException("A view is followed whose change of this entry nobody computed.");
        }

        var view = Declared(begun.View);
        var status = view.Codec.TryReadPrefix(begun.Prefix, int.MaxValue, _prefix, out var fields);
        if (status != StateStatus.Ok)
        {
            throw new StateFormatException($"Task '{taskKey}' follows '{begun.View}' by a prefix that it does not have: {status}.");
        }

        Cursors.Begin(taskKey, begun.Ticket, begun.View, _prefix.Written.ToArray(), fields, seq - 1);
    }

    public void Unfollow(string taskKey, long ticket) => Cursors.End(Cursors.Find(taskKey, ticket));

    /// <summary>The last commit's changes are those of the entry <paramref name="seq"/>: they go to whoever follows them.</summary>
    // Hot path: per transaction.
    public void Committed(long seq)
    {
        if (!_isStepped)
        {
            return;
        }

        _isStepped = false;
        foreach (var view in _views)
        {
            if (view.Output!.Delta.Count == 0)
            {
                continue;
            }

            if (Cursors.Count > 0)
            {
                Cursors.Add(view.Bound.Name, view.Output.Delta, view.Output.Codec);
            }

            if (Publishes && view.Bound.IsPublished)
            {
                Publish(view, seq);
            }
        }
    }

    /// <summary>What the cursor has not been told, up to <paramref name="to"/>. Good until the next call.</summary>
    public ViewDelivery Deliver(ViewCursor cursor, long to)
    {
        _delivering = cursor;
        _delivery.Fill(cursor, to, Declared(cursor.View).Codec);
        return _delivery;
    }

    public IReadOnlyList<ViewChange> DrainPublished()
    {
        if (_published.Count == 0)
        {
            return [];
        }

        var drained = _published;
        (_published, PublishedBytes) = ([], 0);
        return drained;
    }

    /// <summary>Writes a prefix of the view's columns as an object.</summary>
    public void WritePrefix(string view, ReadOnlySpan<byte> prefix, IBufferWriter<byte> target) => Declared(view).Codec.WriteJson(prefix, target);

    /// <summary>Reads what <see cref="WritePrefix"/> wrote.</summary>
    /// <exception cref="StateFormatException">It is no such object.</exception>
    public byte[] ReadPrefix(string view, JsonElement prefix)
    {
        var columns = Declared(view).Bound.Columns;
        var tuple = new TupleBuilder();
        var fields = 0;
        foreach (var member in prefix.EnumerateObject())
        {
            if (fields >= columns.Count || columns[fields].Name != member.Name)
            {
                throw new StateFormatException($"'{member.Name}' is not the next column of view '{view}'");
            }

            WriteSetReader.Append(tuple, member.Value, columns[fields++]);
        }

        return fields == 0 ? [] : tuple.ToArray();
    }

    /// <summary>Steps the views with a transaction's changes, if they follow the tables.</summary>
    /// <returns>Why it cannot be committed: nothing was stepped then.</returns>
    // Hot path: per transaction.
    internal CircuitFault? Step(ReadOnlySpan<RowChange> changes)
    {
        if (_isStepped)
        {
            throw new InvariantException("A transaction was committed before the last one had its seq.");
        }

        var delivering = _delivering;
        _delivering = null;
        if (_circuit is null || changes.IsEmpty)
        {
            return null;
        }

        var before = _circuit.Bytes;
        if (_circuit.Step(changes) is { } fault)
        {
            return fault;
        }

        // What was committed once was within its bounds then.
        if (!_store.Writer.IsRecorded && (TooLarge(changes, _circuit.Bytes - before, delivering) ?? TooMuchPublished()) is { } refusal)
        {
            _circuit.Undo(changes);
            return refusal;
        }

        _isStepped = true;
        return null;
    }

    /// <summary>The transaction was undone: if it was a delivery, nothing came of it.</summary>
    internal void Aborted() => _delivering = null;

    internal StateStatus Read(Transaction transaction, ReadOnlySpan<byte> viewUtf8, ReadOnlySpan<byte> low, ReadOnlySpan<byte> high, out IRowCursor? cursor)
    {
        cursor = null;
        if (!TryName(viewUtf8, out var view))
        {
            return StateStatus.NoTable;
        }

        var most = _store.Limits.KeyBytes;
        if (view.Codec.TryReadPrefix(low, most, _prefix, out _) is var lower and not StateStatus.Ok)
        {
            return lower;
        }

        var from = _prefix.Written.ToArray();
        if (view.Codec.TryReadPrefix(high, most, _prefix, out _) is var upper and not StateStatus.Ok)
        {
            return upper;
        }

        // Loaded in the middle of a transaction it would hold what may be undone.
        if (_circuit is null)
        {
            throw new InvariantException("A view was read before the views were loaded.");
        }

        cursor = new ViewScan(transaction, view.Output!, view.Codec, from, _prefix.Written.ToArray());
        return StateStatus.Ok;
    }

    /// <summary>Whether a task may follow the view by that prefix.</summary>
    internal StateStatus CheckFollow(ReadOnlySpan<byte> viewUtf8, ReadOnlySpan<byte> prefix, out string name, out byte[] canonical)
    {
        (name, canonical) = ("", []);
        if (!TryName(viewUtf8, out var view))
        {
            return StateStatus.NoTable;
        }

        name = view.Bound.Name;
        var status = view.Codec.TryReadPrefix(prefix, _store.Limits.KeyBytes, _prefix, out var fields);
        if (status == StateStatus.Ok)
        {
            canonical = view.Codec.PrefixTuple(_prefix.Written, fields);
        }

        return status;
    }

    /// <summary>What a write costs follows from the declaration, and is known before anything is loaded.</summary>
    private void Recount()
    {
        if (_views.Count > 0)
        {
            NewCircuit(_views, BatchBytes).CountOperators();
        }
    }

    private Circuit NewCircuit(List<DeclaredView> views, int batchBytes) =>
        new(_store.Tables, [.. views.Select(static view => (view.Bound.Name, view.Bound.Plan))], new CircuitLimits(long.MaxValue, batchBytes));

    private void Use(Circuit circuit, List<DeclaredView> views)
    {
        // From here on the mission's bytes are looked at as a whole, below.
        circuit.BatchBytes = BatchBytes;
        circuit.MostBytes = long.MaxValue;
        (_circuit, _views) = (circuit, views);
        circuit.CountOperators();
        foreach (var view in views)
        {
            view.Output = circuit[view.Bound.Name];
        }
    }

    private void Publish(DeclaredView view, long seq)
    {
        var delta = view.Output!.Delta;
        var rows = new ViewRow[delta.Count];
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] = view.RowOf(delta.Row(i), delta.Weight(i));
            PublishedBytes += rows[i].Key.Length + rows[i].Json.Length;
        }

        _published.Add(new ViewChange(view.Bound.Name, seq, rows));
    }

    private DeclaredView Declared(string name) =>
        _views.Find(view => view.Bound.Name == name) ?? throw new StateFormatException($"view '{name}' is not declared");

    private bool TryName(ReadOnlySpan<byte> nameUtf8, out DeclaredView view)
    {
        foreach (var declared in _views)
        {
            if (nameUtf8.SequenceEqual(declared.Name))
            {
                view = declared;
                return true;
            }
        }

        view = null!;
        return false;
    }
}
