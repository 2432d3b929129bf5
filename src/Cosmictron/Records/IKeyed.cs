namespace Voxeltron.Cosmictron;

/// <summary>A kind of record that is found by its key. Resolved when compiled, so that a look-up costs no call.</summary>
internal interface IKeyed
{
    static abstract ReadOnlySpan<byte> KeyIn(ReadOnlySpan<byte> block);
}
