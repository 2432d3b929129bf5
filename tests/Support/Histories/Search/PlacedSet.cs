namespace Voxeltron.Tests.Support.Histories;

/// <summary>Which operations an order has placed so far: a bit each.</summary>
internal readonly struct PlacedSet(ulong[] bits) : IEquatable<PlacedSet>
{
    private readonly ulong[] _bits = bits;

    public void Flip(int operation) => _bits[operation / 64] ^= 1UL << (operation % 64);

    public PlacedSet Copy() => new((ulong[])_bits.Clone());

    public bool Equals(PlacedSet other) => _bits.AsSpan().SequenceEqual(other._bits);

    public override bool Equals(object? obj) => obj is PlacedSet other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var word in _bits)
        {
            hash.Add(word);
        }

        return hash.ToHashCode();
    }
}
