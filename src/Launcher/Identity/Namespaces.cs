using System.Net;
using Voxeltron.Kernel;

namespace Voxeltron.Launcher;

/// <summary>
/// A worker's own view of the machine, as root, before it stops being that. For one whose Postgres is reached over TCP: the network namespace somebody
/// prepared, whose only destination is that server, and a hosts file in which its name stands, since no name can be looked up from there. For all:
/// directories in which others listen hold what is the worker's alone.
/// </summary>
internal static class Namespaces
{
    private const int NewMounts = 0x00020000, NewNetwork = 0x40000000;
    private const nuint ReadOnly = 1, Remount = 32, Bind = 4096, Recursive = 16384, Slave = 1 << 19;

    /// <param name="kept">What stays of the directories that are covered.</param>
    public static void Enter(LaunchOptions options, IEnumerable<string> kept)
    {
        if (options.Netns is { } network)
        {
            var place = Libc.open(network, Libc.CloseOnExec);
            Must(place < 0 ? place : Libc.setns(place, NewNetwork), $"network namespace {network} could not be entered");
            _ = Libc.close(place);
        }

        if (!Privileges.IsRoot && options.Hosts is null)
        {
            return;
        }

        // What is mounted on the machine later is seen here too; what is mounted here nowhere else.
        if (Libc.unshare(NewMounts) < 0 || Libc.mount(null, "/", null, Recursive | Slave, null) < 0)
        {
            Must(options.Hosts is null ? 0 : -1, "mount namespace could not be made, which --hosts needs");
            Say.Line($"warning: no mount namespace can be made here ({Libc.Reason}): sockets in /run and /tmp that this machine lets anybody connect to stay reachable");
            return;
        }

        if (options.Hosts is { } hosts)
        {
            Must(Libc.mount(hosts, "/etc/hosts", null, Bind, null), $"file {hosts} could not be put in the place of /etc/hosts");
            Must(Libc.mount(null, "/etc/hosts", null, Bind | Remount | ReadOnly, null), "file /etc/hosts could not be made read-only");
        }

        OwnTree.Cover(kept);
    }

    /// <summary>A name that must be asked for over the network cannot be known behind the walls.</summary>
    public static bool IsNameKnown(string host, string hostsFile) => IPAddress.TryParse(host, out _)
        || (File.Exists(hostsFile) && File.ReadLines(hostsFile).Any(line => line.Split('#')[0].Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Skip(1).Contains(host, StringComparer.OrdinalIgnoreCase)));

    private static void Must(int rc, string what)
    {
        if (rc < 0)
        {
            throw new VoxeltronException("not_confined", $"The {what}: {Libc.Reason}.");
        }
    }
}
