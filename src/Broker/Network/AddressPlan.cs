using System.Buffers.Binary;
using System.Net;
using Voxeltron.Kernel;

namespace Voxeltron.Broker;

/// <summary>Who has which address: namespace n the two of a network of two, the even one here, the odd one inside.</summary>
internal sealed class AddressPlan
{
    private readonly uint _first;

    /// <exception cref="VoxeltronException"><c>broker_options</c></exception>
    public AddressPlan(NetworkRange range, int spaces)
    {
        Range = range;
        if (range.IsV6 || 32 - range.Length < 1 || (1L << (31 - range.Length)) < spaces)
        {
            throw new VoxeltronException("broker_options", $"--range {range} is too small: {spaces} namespaces need two IPv4 addresses each.");
        }

        _first = BinaryPrimitives.ReadUInt32BigEndian(range.First.GetAddressBytes());
    }

    public NetworkRange Range { get; }

    public IPAddress Gateway(int number) => Address(number * 2);

    public IPAddress Inside(int number) => Address((number * 2) + 1);

    private IPAddress Address(int offset)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, _first + (uint)offset);
        return new IPAddress(bytes);
    }
}
