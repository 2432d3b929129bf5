using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>Names one stream of one tenant. Orders as commit statements do: tenant by ordinal, then stream by big-endian bytes.</summary>
public readonly record struct StreamRef(TenantId Tenant, StreamId Stream) : IComparable<StreamRef>
{
    public int CompareTo(StreamRef other)
    {
        var byTenant = Tenant.CompareTo(other.Tenant);
        return byTenant != 0 ? byTenant : Stream.CompareTo(other.Stream);
    }

    public static bool operator <(StreamRef left, StreamRef right) => left.CompareTo(right) < 0;

    public static bool operator >(StreamRef left, StreamRef right) => left.CompareTo(right) > 0;

    public static bool operator <=(StreamRef left, StreamRef right) => left.CompareTo(right) <= 0;

    public static bool operator >=(StreamRef left, StreamRef right) => left.CompareTo(right) >= 0;

    public override string ToString() => $"{Tenant}/{Stream}";
}
