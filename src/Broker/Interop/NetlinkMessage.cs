using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Voxeltron.Broker.Interop;

/// <summary>Writes one netlink message: a header of 16 bytes, a fixed part, attributes of length and type, each aligned to four bytes. Little-endian machines, as all .NET runs on.</summary>
internal sealed class NetlinkMessage
{
    public const ushort Request = 1;
    public const ushort Acknowledge = 4;
    public const ushort Dump = 0x300;
    public const ushort Create = 0x400;
    public const ushort Exclusive = 0x200;

    private const ushort Nested = 0x8000;

    private readonly byte[] _bytes = new byte[1024];
    private int _length = 16;

    public NetlinkMessage(ushort type, ushort flags)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(4), type);
        BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(6), (ushort)(flags | Request));
    }

    public int Length => _length;

    /// <summary>The bytes as sent.</summary>
    public byte[] Finish(uint sequence)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_bytes, _length);
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(8), sequence);
        return _bytes;
    }

    /// <summary>A fixed part, aligned.</summary>
    public NetlinkMessage Put(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_bytes.AsSpan(_length));
        _length += (bytes.Length + 3) & ~3;
        return this;
    }

    public NetlinkMessage Put<T>(in T part)
        where T : unmanaged => Put(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in part)));

    public NetlinkMessage Attribute(ushort type, ReadOnlySpan<byte> value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(_length), (ushort)(4 + value.Length));
        BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(_length + 2), type);
        _length += 4;
        return Put(value);
    }

    public NetlinkMessage Attribute(ushort type, int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return Attribute(type, bytes);
    }

    public NetlinkMessage Attribute(ushort type, string value) => Attribute(type, Encoding.ASCII.GetBytes(value + '\0'));

    /// <summary>An attribute that holds others.</summary>
    public NetlinkMessage Nest(ushort type, Action<NetlinkMessage> inner)
    {
        var start = _length;
        Attribute((ushort)(type | Nested), []);
        inner(this);
        BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(start), (ushort)(_length - start));
        return this;
    }

    /// <summary>The value of the attribute; empty when it is not there.</summary>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> attributes, ushort type)
    {
        while (attributes.Length >= 4)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(attributes);
            if (length < 4 || length > attributes.Length)
            {
                break;
            }

            if ((BinaryPrimitives.ReadUInt16LittleEndian(attributes[2..]) & 0x3fff) == type)
            {
                return attributes[4..length];
            }

            attributes = attributes[Math.Min((length + 3) & ~3, attributes.Length)..];
        }

        return [];
    }
}
