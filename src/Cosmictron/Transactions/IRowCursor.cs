namespace Voxeltron.Cosmictron;

/// <summary>Rows one after the other. Peek and advance are apart because a guest whose buffer is too small asks for the same row again.</summary>
public interface IRowCursor
{
    /// <summary>The row under the cursor as a tuple, good until the cursor is used again; false at the end.</summary>
    bool TryPeek(out ReadOnlySpan<byte> row);

    /// <summary>Passes the row under the cursor; nothing at the end.</summary>
    void Advance();
}
