namespace Voxeltron.Cosmictron;

/// <summary>Room for the texts an expression makes; emptied before each row.</summary>
internal sealed class Scratch
{
    private byte[] _bytes = new byte[256];
    private int _length;

    public ReadOnlySpan<byte> Written => _bytes;

    public int Length => _length;

    public void Clear() => _length = 0;

    /// <summary>Adds bytes and gives their place. They may be a part of what is here.</summary>
    public int Add(ReadOnlySpan<byte> bytes)
    {
        if (_length + bytes.Length > _bytes.Length)
        {
            // The old array stays alive for whoever reads from it in this very call.
            var grown = new byte[Math.Max(_bytes.Length * 2, _length + bytes.Length)];
            _bytes.AsSpan(0, _length).CopyTo(grown);
            _bytes = grown;
        }

        bytes.CopyTo(_bytes.AsSpan(_length));
        _length += bytes.Length;
        return _length - bytes.Length;
    }
}
