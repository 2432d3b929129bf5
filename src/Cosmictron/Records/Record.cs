using System.Buffers.Binary;

namespace Voxeltron.Cosmictron;

/// <summary>
/// One row as it lies in a slab, everything a comparison needs in one place, little-endian:
/// <code>
///  0  i32 row id          −1 marks a free block (Slab)
///  4  i32 row bytes
///  8  u16 key bytes
/// 10  u8  table
/// 11  u8  indexes
/// 12  u16 × indexes: bytes of each index key
///     index keys | key | row tuple
/// </code>
/// Key and row touch, so the set hash takes them in one piece. A record never changes but for its row id; an update
/// writes another one.
/// </summary>
internal readonly ref struct Record : IKeyed
{
    private const int RowBytesAt = 4;
    private const int KeyBytesAt = 8;
    private const int TableAt = 10;
    private const int IndexesAt = 11;

    /// <summary>Bytes before the first index length.</summary>
    public const int HeaderBytes = 12;

    private readonly ReadOnlySpan<byte> _block;
    private readonly int _keyAt;

    public Record(ReadOnlySpan<byte> block)
    {
        _block = block;
        var indexes = block[IndexesAt];
        var at = HeaderBytes + indexes * sizeof(ushort);
        for (var i = 0; i < indexes; i++)
        {
            at += IndexKeyBytes(block, i);
        }

        _keyAt = at;
    }

    public int RowId => RowIdOf(_block);

    public int Table => _block[TableAt];

    /// <summary>Without the block's unused end.</summary>
    public int Bytes => _keyAt + KeyBytes + RowBytes;

    public ReadOnlySpan<byte> Key => _block.Slice(_keyAt, KeyBytes);

    public ReadOnlySpan<byte> Row => _block.Slice(_keyAt + KeyBytes, RowBytes);

    public ReadOnlySpan<byte> KeyAndRow => _block.Slice(_keyAt, KeyBytes + RowBytes);

    private int KeyBytes => BinaryPrimitives.ReadUInt16LittleEndian(_block[KeyBytesAt..]);

    private int RowBytes => BinaryPrimitives.ReadInt32LittleEndian(_block[RowBytesAt..]);

    public static ReadOnlySpan<byte> KeyIn(ReadOnlySpan<byte> block) => new Record(block).Key;

    public ReadOnlySpan<byte> IndexKey(int index)
    {
        var at = HeaderBytes + _block[IndexesAt] * sizeof(ushort);
        for (var i = 0; i < index; i++)
        {
            at += IndexKeyBytes(_block, i);
        }

        return _block.Slice(at, IndexKeyBytes(_block, index));
    }

    public static int SizeOf(int indexes, int indexKeyBytes, int keyBytes, int rowBytes) =>
        HeaderBytes + indexes * sizeof(ushort) + indexKeyBytes + keyBytes + rowBytes;

    /// <summary>Writes all but the row id, which the table gives.</summary>
    /// <returns>Where the row tuple was put, for the last touches.</returns>
    public static Span<byte> Write(Span<byte> block, int table, in IndexKeys indexKeys, ReadOnlySpan<byte> key, ReadOnlySpan<byte> row)
    {
        BinaryPrimitives.WriteInt32LittleEndian(block[RowBytesAt..], row.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(block[KeyBytesAt..], (ushort)key.Length);
        block[TableAt] = (byte)table;
        block[IndexesAt] = (byte)indexKeys.Count;
        var at = HeaderBytes;
        for (var i = 0; i < indexKeys.Count; i++, at += sizeof(ushort))
        {
            BinaryPrimitives.WriteUInt16LittleEndian(block[at..], (ushort)indexKeys[i].Length);
        }

        indexKeys.All.CopyTo(block[at..]);
        at += indexKeys.All.Length;
        key.CopyTo(block[at..]);
        at += key.Length;
        row.CopyTo(block[at..]);
        return block.Slice(at, row.Length);
    }

    /// <summary>The block holds a record of that id whose parts lie inside it: what a scrubber asks before it reads one.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> block, int id, ReadOnlySpan<Table> tables)
    {
        var table = block[TableAt];
        if (table >= tables.Length || block[IndexesAt] != tables[table].Indexes.Length || BinaryPrimitives.ReadInt32LittleEndian(block) != id)
        {
            return false;
        }

        var header = HeaderBytes + block[IndexesAt] * sizeof(ushort);
        if (header > block.Length)
        {
            return false;
        }

        long bytes = header + BinaryPrimitives.ReadUInt16LittleEndian(block[KeyBytesAt..]);
        for (var i = 0; i < block[IndexesAt]; i++)
        {
            bytes += IndexKeyBytes(block, i);
        }

        var rowBytes = BinaryPrimitives.ReadInt32LittleEndian(block[RowBytesAt..]);
        return rowBytes >= 0 && bytes + rowBytes <= block.Length;
    }

    public static int RowIdOf(ReadOnlySpan<byte> block) => BinaryPrimitives.ReadInt32LittleEndian(block);

    public static void SetRowId(Span<byte> block, int id) => BinaryPrimitives.WriteInt32LittleEndian(block, id);

    private static int IndexKeyBytes(ReadOnlySpan<byte> block, int index) =>
        BinaryPrimitives.ReadUInt16LittleEndian(block[(HeaderBytes + index * sizeof(ushort))..]);
}
