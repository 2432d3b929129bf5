using System.Security.Cryptography;
using System.Text;

namespace Voxeltron.Kernel;

/// <summary>Names a totally ordered stream with one writer. A mission's stream carries the mission's uuid.</summary>
public readonly record struct StreamId(Guid Value) : IComparable<StreamId>
{
    public string Hex => Value.ToString("N");

    /// <summary>The stream of a tenant's control-plane facts. Derived from the name, so that every process agrees without asking.</summary>
    public static StreamId System(TenantId tenant)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes("voxeltron/system-mission/v1/" + tenant.Value), digest);
        return new StreamId(new Guid(digest[..16], bigEndian: true));
    }

    public static StreamId Of(MissionId mission) => new(mission.Value);

    public MissionId AsMission() => new(Value);

    /// <summary>Order of the big-endian bytes, which is also the order of <c>uuid</c> in Postgres.</summary>
    public int CompareTo(StreamId other) => Value.CompareTo(other.Value);

    public static bool operator <(StreamId left, StreamId right) => left.CompareTo(right) < 0;

    public static bool operator >(StreamId left, StreamId right) => left.CompareTo(right) > 0;

    public static bool operator <=(StreamId left, StreamId right) => left.CompareTo(right) <= 0;

    public static bool operator >=(StreamId left, StreamId right) => left.CompareTo(right) >= 0;

    public override string ToString() => Hex;
}
