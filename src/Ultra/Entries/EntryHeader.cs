using System.Buffers.Binary;
using System.Text;
using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>What every entry says about itself, in columns. Its bytes are what the chain covers.</summary>
/// <remarks>
/// Layout, all integers big-endian:
/// <code>
/// "VXH1" | u16 len, tenant utf8 | 16 bytes stream uuid | u64 seq | u64 epoch | i64 time_us | u16 len, kind | u16 len, actor
/// </code>
/// SQL rebuilds it with int2send, int8send, uuid_send and convert_to (schema <c>audit</c>); change both or neither.
/// </remarks>
/// <param name="TimeUs">Unix microseconds, UTC, by the owner host's clock.</param>
public readonly record struct EntryHeader(TenantId Tenant, StreamId Stream, long Seq, long Epoch, long TimeUs, string Kind, string Actor)
{
    private const int FixedBytes = 4 + 2 + 16 + 8 + 8 + 8 + 2 + 2;

    private static ReadOnlySpan<byte> Magic => "VXH1"u8;

    /// <summary>Exact length of <see cref="Encode()"/>.</summary>
    public int EncodedLength =>
        FixedBytes + Encoding.UTF8.GetByteCount(Tenant.Value) + Encoding.UTF8.GetByteCount(Kind) + Encoding.UTF8.GetByteCount(Actor);

    public byte[] Encode()
    {
        var bytes = new byte[EncodedLength];
        Encode(bytes);
        return bytes;
    }

    /// <returns>The number of bytes written. Throws <see cref="ArgumentException"/> when <paramref name="target"/> is too small.</returns>
    public int Encode(Span<byte> target)
    {
        Magic.CopyTo(target);
        var at = Magic.Length;
        at += WriteText(target[at..], Tenant.Value);
        Stream.Value.TryWriteBytes(target.Slice(at, 16), bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(target[(at + 16)..], Seq);
        BinaryPrimitives.WriteInt64BigEndian(target[(at + 24)..], Epoch);
        BinaryPrimitives.WriteInt64BigEndian(target[(at + 32)..], TimeUs);
        at += 40;
        at += WriteText(target[at..], Kind);
        at += WriteText(target[at..], Actor);
        return at;
    }

    private static int WriteText(Span<byte> target, string text)
    {
        var length = Encoding.UTF8.GetBytes(text, target[2..]);
        BinaryPrimitives.WriteUInt16BigEndian(target, checked((ushort)length));
        return length + 2;
    }
}
