using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>By host as Postgres orders uuids, then number, then position.</summary>
internal static class AbsentSealOrder
{
    public static int Compare(AbsentSeal left, AbsentSeal right)
    {
        var byCommit = Compare(left.Host, left.CommitNumber, right.Host, right.CommitNumber);
        return byCommit != 0 ? byCommit : left.Position.CompareTo(right.Position);
    }

    public static int Compare(HostId host, long number, HostId otherHost, long otherNumber)
    {
        var byHost = host.Value.CompareTo(otherHost.Value);
        return byHost != 0 ? byHost : number.CompareTo(otherNumber);
    }
}
