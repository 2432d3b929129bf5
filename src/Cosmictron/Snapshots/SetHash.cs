using System.Buffers.Binary;
using Voxeltron.Ultra;

namespace Voxeltron.Cosmictron;

/// <summary>
/// A sum modulo 2^256 of SHA-256(key ‖ tuple) over rows: adding and taking away in any order gives one value for one set.
/// The key's bytes end themselves and begin with the shard, so the pair is unambiguous.
/// </summary>
/// <remarks>
/// It finds accidents, not an enemy: sums of this width can be forged with much work, roots cannot.
/// </remarks>
internal struct SetHash
{
    public const int Bytes = 32;

    private ulong _a;
    private ulong _b;
    private ulong _c;
    private ulong _d;

    public static SetHash Of(in Record record)
    {
        Span<byte> digest = stackalloc byte[Sha256.Bytes];
        Sha256.Hash(record.KeyAndRow, digest);
        return new SetHash
        {
            _a = BinaryPrimitives.ReadUInt64LittleEndian(digest),
            _b = BinaryPrimitives.ReadUInt64LittleEndian(digest[8..]),
            _c = BinaryPrimitives.ReadUInt64LittleEndian(digest[16..]),
            _d = BinaryPrimitives.ReadUInt64LittleEndian(digest[24..]),
        };
    }

    public void Add(in SetHash other)
    {
        var sum = (UInt128)_a + other._a;
        _a = (ulong)sum;
        sum = (sum >> 64) + _b + other._b;
        _b = (ulong)sum;
        sum = (sum >> 64) + _c + other._c;
        _c = (ulong)sum;
        _d += other._d + (ulong)(sum >> 64);
    }

    public void Subtract(in SetHash other)
    {
        // The complement plus one is the negative.
        Add(new SetHash { _a = ~other._a, _b = ~other._b, _c = ~other._c, _d = ~other._d });
        Add(new SetHash { _a = 1 });
    }

    public readonly bool Is(in SetHash other) => _a == other._a && _b == other._b && _c == other._c && _d == other._d;

    public readonly byte[] ToArray()
    {
        var bytes = new byte[Bytes];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, _a);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), _b);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(16), _c);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(24), _d);
        return bytes;
    }
}
