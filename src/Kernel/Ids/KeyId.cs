using System.Security.Cryptography;

namespace Voxeltron.Kernel;

/// <summary>The first 16 bytes of SHA-256 over a raw public key, as 32 lower-case hex digits.</summary>
public readonly record struct KeyId(string Value) : IComparable<KeyId>
{
    public static KeyId Of(ReadOnlySpan<byte> publicKey) => new(Convert.ToHexStringLower(SHA256.HashData(publicKey).AsSpan(0, 16)));

    public int CompareTo(KeyId other) => string.CompareOrdinal(Value, other.Value);

    public static bool operator <(KeyId left, KeyId right) => left.CompareTo(right) < 0;

    public static bool operator >(KeyId left, KeyId right) => left.CompareTo(right) > 0;

    public static bool operator <=(KeyId left, KeyId right) => left.CompareTo(right) <= 0;

    public static bool operator >=(KeyId left, KeyId right) => left.CompareTo(right) >= 0;

    public override string ToString() => Value;
}
