using System.Buffers.Binary;

namespace Voxeltron.Cosmictron;

/// <summary>
/// One array cut into blocks of one size. Freed blocks form a list inside the array itself; blocks never used lie above
/// <c>_fresh</c>. A free block's first word is <see cref="FreeMark"/>, its second the next free offset.
/// </summary>
internal sealed class Slab(int number, int sizeClass, int blockBytes, int capacity)
{
    /// <summary>Where a live record has its row id, so that a walk over the slab tells the two apart.</summary>
    public const int FreeMark = -1;

    private const int None = -1;

    private int _free = None;
    private int _fresh;

    /// <summary>Half of every reference into this slab.</summary>
    public readonly int Number = number;
    public readonly int SizeClass = sizeClass;
    public readonly int BlockBytes = blockBytes;
    public readonly int Capacity = capacity;
    public readonly byte[] Bytes = GC.AllocateUninitializedArray<byte>(blockBytes * capacity);

    public int Live { get; private set; }

    /// <summary>Being emptied: takes no new block.</summary>
    public bool Closed { get; set; }

    /// <summary>Named in its class's list of slabs with room.</summary>
    public bool Listed { get; set; }

    public bool HasRoom => Live < Capacity && !Closed;

    public int Take()
    {
        int offset;
        if (_free != None)
        {
            offset = _free;
            _free = BinaryPrimitives.ReadInt32LittleEndian(Bytes.AsSpan(offset + sizeof(int)));
        }
        else
        {
            offset = _fresh;
            _fresh += BlockBytes;
        }

        Live++;
        return offset;
    }

    public void Give(int offset)
    {
        BinaryPrimitives.WriteInt32LittleEndian(Bytes.AsSpan(offset), FreeMark);
        BinaryPrimitives.WriteInt32LittleEndian(Bytes.AsSpan(offset + sizeof(int)), _free);
        _free = offset;
        Live--;
    }

    /// <summary>The next offset at or above <paramref name="offset"/> that holds a record; −1 at the end.</summary>
    public int NextLive(int offset)
    {
        for (; offset < _fresh; offset += BlockBytes)
        {
            if (BinaryPrimitives.ReadInt32LittleEndian(Bytes.AsSpan(offset)) != FreeMark)
            {
                return offset;
            }
        }

        return None;
    }
}
