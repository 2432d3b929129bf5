namespace Voxeltron.Broker.Interop;

// Fixed parts of rtnetlink messages, as linux/rtnetlink.h, if_addr.h and neighbour.h have them.

internal struct LinkPart
{
    public byte Family;
    public byte Padding;
    public ushort Type;
    public uint Index;
    public uint Flags;
    public uint Change;
}

internal struct AddressPart
{
    public byte Family;
    public byte Length;
    public byte Flags;
    public byte Scope;
    public uint Link;
}

internal struct RoutePart
{
    public byte Family;
    public byte DestinationLength;
    public byte SourceLength;
    public byte Tos;
    public byte Table;
    public byte Protocol;
    public byte Scope;
    public byte Type;
    public uint Flags;
}

internal struct NeighbourPart
{
    public byte Family;
    public byte Padding;
    public ushort Padding2;
    public int Link;
    public ushort State;
    public byte Flags;
    public byte Type;
}
