using Voxeltron.Kernel;

namespace Voxeltron.Cosmictron;

/// <summary>
/// One action's reads and writes. Writes go into the store at once and are undone on abort; since a mission has one
/// writer nobody else can see them before commit. Every operation answers with a status a guest may see; none throws
/// for guest input. Rows handed out are good until the next transaction begins.
/// </summary>
/// <remarks>A value: it names its turn at the store, so one kept beyond its end answers that it is not active.</remarks>
public readonly struct Transaction : IEquatable<Transaction>
{
    private readonly MissionStore _store;
    private readonly long _turn;

    internal Transaction(MissionStore store, long turn)
    {
        _store = store;
        _turn = turn;
    }

    public bool IsActive => _store.IsOpen(_turn);

    /// <param name="tableUtf8">A table, or <c>table.index</c> of a unique index.</param>
    public StateStatus Get(ReadOnlySpan<byte> tableUtf8, ReadOnlySpan<byte> keyTuple, out ReadOnlySpan<byte> row)
    {
        if (IsActive)
        {
            return _store.Writer.Get(tableUtf8, keyTuple, out row);
        }

        row = default;
        return StateStatus.NotActive;
    }

    /// <summary>Whether a key written as JSON can name a row of the table: OK, NO_TABLE, BAD_TUPLE or TOO_LARGE.</summary>
    public StateStatus NameStatus(string table, System.Text.Json.JsonElement key) => IsActive ? _store.NameStatus(table, key) : StateStatus.NotActive;

    /// <summary>Inserts or replaces.</summary>
    public StateStatus Put(ReadOnlySpan<byte> tableUtf8, ReadOnlySpan<byte> rowTuple) => Put(tableUtf8, rowTuple, out _);

    /// <summary>Inserts or replaces.</summary>
    public StateStatus Put(ReadOnlySpan<byte> tableUtf8, ReadOnlySpan<byte> rowTuple, out StateWork work)
    {
        work = default;
        return IsActive ? _store.Writer.Put(tableUtf8, rowTuple, out work) : StateStatus.NotActive;
    }

    public StateStatus Delete(ReadOnlySpan<byte> tableUtf8, ReadOnlySpan<byte> keyTuple) => Delete(tableUtf8, keyTuple, out _);

    public StateStatus Delete(ReadOnlySpan<byte> tableUtf8, ReadOnlySpan<byte> keyTuple, out StateWork work)
    {
        work = default;
        return IsActive ? _store.Writer.Delete(tableUtf8, keyTuple, out work) : StateStatus.NotActive;
    }

    /// <summary>Rows whose first key fields equal the prefix (no field: all rows), in key order; of <c>table.index</c>, in its order.</summary>
    public StateStatus Scan(ReadOnlySpan<byte> tableUtf8, ReadOnlySpan<byte> prefixTuple, out ScanCursor? cursor)
    {
        if (IsActive)
        {
            return _store.Writer.Scan(this, tableUtf8, prefixTuple, out cursor);
        }

        cursor = null;
        return StateStatus.NotActive;
    }

    /// <summary>A view's rows between two prefixes of its columns, both included; an empty one is no bound. As of the last commit.</summary>
    public StateStatus Read(ReadOnlySpan<byte> viewUtf8, ReadOnlySpan<byte> lowTuple, ReadOnlySpan<byte> highTuple, out IRowCursor? cursor)
    {
        if (IsActive)
        {
            return _store.Views.Read(this, viewUtf8, lowTuple, highTuple, out cursor);
        }

        cursor = null;
        return StateStatus.NotActive;
    }

    /// <summary>Whether rows of the view can be followed by a prefix of its columns.</summary>
    /// <param name="view">The view's name, if there is one.</param>
    /// <param name="prefix">The prefix in the one form in which equal prefixes are equal bytes.</param>
    public StateStatus CheckFollow(ReadOnlySpan<byte> viewUtf8, ReadOnlySpan<byte> prefixTuple, out string view, out byte[] prefix)
    {
        (view, prefix) = ("", []);
        return IsActive ? _store.Views.CheckFollow(viewUtf8, prefixTuple, out view, out prefix) : StateStatus.NotActive;
    }

    /// <summary>Ends the transaction and gives its net writes. Its cursors end with it.</summary>
    /// <returns>Why a view cannot follow the writes: they are undone then, as by <see cref="Abort"/>.</returns>
    public ViewRefusal? TryCommit(out WriteSet writes)
    {
        RequireActive();
        return _store.Commit(out writes);
    }

    /// <summary>The same where no view can refuse.</summary>
    /// <exception cref="InvariantException">One did.</exception>
    public WriteSet Commit() => TryCommit(out var writes) is { } refusal ? throw new InvariantException($"A commit was refused: {refusal.Message}") : writes;

    /// <summary>Undoes every write, in reverse. No trace is left.</summary>
    public void Abort()
    {
        RequireActive();
        _store.Abort();
    }

    public bool Equals(Transaction other) => _store == other._store && _turn == other._turn;

    public override bool Equals(object? obj) => obj is Transaction other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(_store, _turn);

    public static bool operator ==(Transaction left, Transaction right) => left.Equals(right);

    public static bool operator !=(Transaction left, Transaction right) => !left.Equals(right);

    private void RequireActive()
    {
        if (!IsActive)
        {
            throw new InvariantException("A transaction was ended twice.");
        }
    }
}
