using Voxeltron.Postgres;

namespace Voxeltron.Sre;

/// <summary>Thresholds, written as such: rules for people to read, not a model. The embedded model comes with the SRE issue and will be measured against them.</summary>
internal static class Concerns
{
    private const double InboxOldS = 10;
    private const long CommitsUnnumbered = 1000;

    /// <summary>How a long task is found out, no fault.</summary>
    private const string BurntSlice = "fuel_slice";

    public static IReadOnlyList<Concern> Of(HostsSeen hosts, int stuckMissions, IReadOnlyList<AbortCount> aborts, InboxBacklog inbox, CommitLag commits, OwnerlessStreams ownerless)
    {
        var concerns = new List<Concern>();
        if (hosts.Live == 0)
        {
            concerns.Add(new Concern("no_live_host", "no worker host is live; signed acts wait in the inbox"));
        }

        if (hosts.Silent > 0)
        {
            concerns.Add(new Concern("host_silent", $"{hosts.Silent} host(s) say they run and do not renew"));
        }

        if (stuckMissions > 0)
        {
            concerns.Add(new Concern("mission_stuck", $"{stuckMissions} mission(s) have work and do not move"));
        }

        foreach (var abort in aborts)
        {
            if (abort.Code == BurntSlice)
            {
                continue;
            }

            concerns.Add(new Concern("actions_aborted", $"{abort.Count} action(s) aborted: {abort.Code}"));
        }

        if (inbox.OldestS > InboxOldS)
        {
            concerns.Add(new Concern("inbox_old", $"{inbox.Pending} act(s) wait, the oldest for {inbox.OldestS:0} s"));
        }

        if (commits.Unnumbered > CommitsUnnumbered)
        {
            concerns.Add(new Concern("commits_unnumbered", $"{commits.Unnumbered} commits are not under a checkpoint yet"));
        }

        if (ownerless.Missions > 0 && hosts.Live > 0)
        {
            concerns.Add(new Concern("stream_ownerless", $"{ownerless.Missions} mission(s) have no owner although hosts are live"));
        }

        return concerns;
    }
}
