using System.Globalization;
using System.Runtime.InteropServices;

namespace Voxeltron.Hosting;

/// <summary>
/// A socket that already listens, given by whoever started this process as systemd gives it (sd_listen_fds(3)): LISTEN_FDS says how many from
/// descriptor 3 on, LISTEN_PID for whom. The launcher does so, since behind its walls a process makes no TCP socket.
/// </summary>
internal static class InheritedListener
{
    private const int First = 3;
    private const string Count = "LISTEN_FDS";
    private const string ForWhom = "LISTEN_PID";

    private const int SetFlags = 2; // F_SETFD
    private const int CloseOnExec = 1; // FD_CLOEXEC

    /// <returns>Its descriptor, which no child of this process gets; null where none was given.</returns>
    public static ulong? Take()
    {
        var (count, forWhom) = (Environment.GetEnvironmentVariable(Count), Environment.GetEnvironmentVariable(ForWhom));
        if (count is null || forWhom != Environment.ProcessId.ToString(CultureInfo.InvariantCulture))
        {
            return null;
        }

        Environment.SetEnvironmentVariable(Count, null);
        Environment.SetEnvironmentVariable(ForWhom, null);
        return count == "1" && fcntl(First, SetFlags, CloseOnExec) == 0 ? First : null;
    }

    [DllImport("libc")]
    private static extern int fcntl(int descriptor, int command, nint argument);
}
