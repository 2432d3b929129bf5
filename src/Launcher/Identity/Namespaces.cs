using System.Net;
using Voxeltron.Kernel;

namespace Voxeltron.Launcher;

/// <summary>
/// For a worker whose Postgres is reached over TCP: the network namespace somebody prepared, whose only destination is that server, and a hosts file in
/// which its name stands, since no name can be looked up from there. As root, before it stops being that.
/// </summary>
internal static class Namespaces
{
    private const int NewMounts = 0x00020000, NewNetwork = 0x40000000;
    private const nuint ReadOnly = 1, Remount = 32, Bind = 4096, Recursive = 16384, Slave = 1 << 19;

    public static void Enter(LaunchOptions options)
    {
        if (options.Netns is { } network)
        {
            var place = Libc.open(network, Libc.CloseOnExec);
            Must(place < 0 ? place : Libc.setns(place, NewNetwork), $"network namespace {network} could not be entered");
            _ = Libc.close(place);
        }

        if (options.Hosts is { } hosts)
        {
            Must(Libc.unshare(NewMounts), "a mount namespace could not be made");
            // What is mounted on the machine later is seen here too; what is mounted here nowhere else.
            Must(Libc.mount(null, "/", 0, Recursive | Slave, 0), "the mount namespace could not be cut off");
            Must(Libc.mount(hosts, "/etc/hosts", 0, Bind, 0), $"{hosts} could not be put in the place of /etc/hosts");
            Must(Libc.mount(null, "/etc/hosts", 0, Bind | Remount | ReadOnly, 0), "/etc/hosts could not be made read-only");
        }
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
