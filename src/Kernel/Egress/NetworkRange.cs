using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Voxeltron.Kernel;

/// <summary>An IPv4 or IPv6 network in CIDR form; one address is a network of its full length.</summary>
/// <remarks>IPv4-mapped IPv6 addresses are IPv4 addresses everywhere here: what may not be reached by one name may not be by the other.</remarks>
public readonly record struct NetworkRange
{
    private readonly UInt128 _first;

    private NetworkRange(bool isV6, UInt128 first, int length)
    {
        IsV6 = isV6;
        _first = first;
        Length = length;
    }

    public bool IsV6 { get; }

    /// <summary>Bits all its addresses share.</summary>
    public int Length { get; }

    public IPAddress First => Address(IsV6, _first);

    /// <param name="text"><c>10.0.0.0/8</c>, <c>fd00::/8</c>, or one address; bits behind the length must be zero.</param>
    public static bool TryParse(string? text, out NetworkRange range)
    {
        range = default;
        if (text is null || text.Length > 64)
        {
            return false;
        }

        var slash = text.IndexOf('/');
        var address = slash < 0 ? text : text[..slash];
        if (!TryParseAddress(address, out var parsed))
        {
            return false;
        }

        var isV6 = parsed.AddressFamily == AddressFamily.InterNetworkV6;
        var bits = isV6 ? 128 : 32;
        var length = bits;
        if (slash >= 0 && (!int.TryParse(text[(slash + 1)..], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out length) || length > bits))
        {
            return false;
        }

        var first = Value(parsed);
        if ((first & ~Mask(bits, length)) != 0)
        {
            return false;
        }

        range = new NetworkRange(isV6, first, length);
        return true;
    }

    /// <summary>The address in the one form that is accepted: four decimal numbers without leading zeros, or IPv6 without a zone. <c>010.1</c> and <c>2130706433</c>, which other parsers take, are refused.</summary>
    public static bool TryParseAddress(string text, out IPAddress address)
    {
        address = IPAddress.None;
        if (text.Contains('%') || !IPAddress.TryParse(text, out var parsed))
        {
            return false;
        }

        if (parsed.AddressFamily == AddressFamily.InterNetwork && parsed.ToString() != text)
        {
            return false;
        }

        address = Plain(parsed);
        return true;
    }

    /// <summary>An IPv4-mapped address as the IPv4 address it is.</summary>
    public static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    public bool Contains(IPAddress address)
    {
        var plain = Plain(address);
        var isV6 = plain.AddressFamily == AddressFamily.InterNetworkV6;
        return isV6 == IsV6 && (Value(plain) & Mask(IsV6 ? 128 : 32, Length)) == _first;
    }

    /// <summary>All of <paramref name="other"/> lies in this one.</summary>
    public bool Contains(NetworkRange other) => other.IsV6 == IsV6 && other.Length >= Length && Contains(other.First);

    public override string ToString() => Length == (IsV6 ? 128 : 32) ? First.ToString() : $"{First}/{Length}";

    private static UInt128 Mask(int bits, int length)
    {
        var all = bits == 128 ? UInt128.MaxValue : (UInt128)uint.MaxValue;
        return length == 0 ? 0 : all & ~((UInt128.One << (bits - length)) - 1);
    }

    private static UInt128 Value(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var written);
        return written == 4 ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    private static IPAddress Address(bool isV6, UInt128 value)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, value);
        return new IPAddress(isV6 ? bytes : bytes[12..]);
    }
}
