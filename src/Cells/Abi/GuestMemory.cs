namespace Voxeltron.Cells;

/// <summary>
/// A guest's linear memory for the length of one host call. The only way from a guest's numbers to a span: pointer and
/// length are unsigned 32-bit, added in 64 bits, compared with the size of this moment.
/// </summary>
internal readonly unsafe ref struct GuestMemory(byte* data, nuint size)
{
    private readonly byte* _data = data;
    private readonly nuint _size = size;

    /// <summary>All of it. A memory has at most as much as a slot, far below 2 GiB.</summary>
    public Span<byte> Whole => new(_data, checked((int)_size));

    public nuint Address => (nuint)_data;

    public bool TrySlice(int pointer, int length, out Span<byte> bytes)
    {
        if (length < 0 || (ulong)(uint)pointer + (uint)length > _size)
        {
            bytes = default;
            return false;
        }

        bytes = new Span<byte>(_data + (uint)pointer, length);
        return true;
    }
}
