using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>The order in which commits enter the Merkle log: by time, ties by host, but a host's own always by number, even if its clock went back.</summary>
internal static class CommitOrder
{
    public static IEnumerable<CommitRow> Merge(IReadOnlyList<CommitRow> commits)
    {
        var keyed = new List<(long TimeUs, string Host, CommitRow Commit)>(commits.Count);
        foreach (var host in commits.GroupBy(static c => c.Host))
        {
            var latest = long.MinValue;
            foreach (var commit in host.OrderBy(static c => c.Number))
            {
                latest = Math.Max(latest, commit.TimeUs);
                keyed.Add((latest, host.Key.Hex, commit));
            }
        }

        return keyed.OrderBy(static k => k.TimeUs).ThenBy(static k => k.Host, StringComparer.Ordinal).ThenBy(static k => k.Commit.Number).Select(static k => k.Commit);
    }
}
