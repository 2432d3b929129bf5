using System.Runtime.InteropServices;

namespace Voxeltron.Cosmictron;

/// <summary>
/// One table's rows: key bytes to row tuple. Both arrays are immutable once stored, so a reader may hold them across
/// later writes; an update stores a new array. Guarded by the mission's writer section, as the whole store.
/// </summary>
internal sealed class Table
{
    private readonly Dictionary<byte[], byte[]> _rows = new(KeyComparer.Instance);
    private readonly Dictionary<byte[], byte[]>.AlternateLookup<ReadOnlySpan<byte>> _lookup;

    private SortedKeys? _order;

    public Table(TableSchema schema, int index)
    {
        Schema = schema;
        Index = index;
        Layout = new TableLayout(schema);
        _lookup = _rows.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    public TableSchema Schema { get; }

    /// <summary>Position in the declaration: the first part of every canonical order.</summary>
    public int Index { get; }

    public TableLayout Layout { get; }

    public int Count => _rows.Count;

    public SortedKeys Order => _order ??= new SortedKeys([.. _rows.Keys]);

    public bool TryGet(ReadOnlySpan<byte> key, out byte[] row) => _lookup.TryGetValue(key, out row!);

    public bool Contains(ReadOnlySpan<byte> key) => _lookup.ContainsKey(key);

    /// <summary>Stores the row; gives back the stored key array and the row it replaced.</summary>
    public byte[]? Set(ReadOnlySpan<byte> key, byte[] row, out byte[] storedKey)
    {
        if (_lookup.TryGetValue(key, out var actualKey, out var before))
        {
            storedKey = actualKey;
            CollectionsMarshal.GetValueRefOrAddDefault(_rows, actualKey, out _) = row;
            return before;
        }

        storedKey = key.ToArray();
        Add(storedKey, row);
        return null;
    }

    public byte[]? Remove(ReadOnlySpan<byte> key, out byte[] storedKey)
    {
        if (!_lookup.Remove(key, out storedKey!, out var before))
        {
            return null;
        }

        _order?.Remove(key);
        return before;
    }

    /// <summary>Puts back what a write replaced; <paramref name="before"/> null means the key was absent.</summary>
    public void Restore(byte[] key, byte[]? before)
    {
        if (before is null)
        {
            Remove(key, out _);
        }
        else if (!_rows.ContainsKey(key))
        {
            Add(key, before);
        }
        else
        {
            _rows[key] = before;
        }
    }

    private void Add(byte[] key, byte[] row)
    {
        _rows.Add(key, row);
        _order?.Insert(key);
    }
}
