namespace Voxeltron.Cells;

/// <summary>The body of an answer, read piece by piece during <c>on_reply</c>.</summary>
internal struct ReplyReader(ReadOnlyMemory<byte> body)
{
    private ReadOnlyMemory<byte> _left = body;

    /// <returns>Bytes copied; 0 at the end.</returns>
    public int Read(Span<byte> target)
    {
        var length = Math.Min(target.Length, _left.Length);
        _left.Span[..length].CopyTo(target);
        _left = _left[length..];
        return length;
    }
}
