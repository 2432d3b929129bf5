using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using static Voxeltron.CellWorker.Syscalls;

namespace Voxeltron.CellWorker;

/// <summary>Sockets, other processes, and files.</summary>
internal static partial class WallsProbe
{
    private const int Unix = 1, Inet = 2, Inet6 = 10, Netlink = 16, Packet = 17, Alg = 38, VirtualMachine = 40;
    private const int Stream = 1, Datagram = 2, Raw = 3;
    private const int NoSuchFile = 2;

    private static readonly string[] s_privileged = ["/usr/bin/su", "/bin/su", "/usr/bin/passwd", "/usr/bin/mount", "/bin/mount"];

    private static readonly string[] s_read = ["/etc/shadow", "/etc/sudoers", "/root", "/home", "/var", "/tmp", "/run", "/dev/mem", "/dev/kmsg", "/etc/ssl/private", "/etc/ssh", "/proc/kcore", "/sys/kernel"];
    private static readonly string[] s_written = ["/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/sys/kernel/uevent_helper", "/sys/power/state"];

    private static int Parent { get; } = int.Parse(File.ReadLines("/proc/self/status").First(static line => line.StartsWith("PPid:", StringComparison.Ordinal))[5..].Trim(), CultureInfo.InvariantCulture);

    private static IEnumerable<(string Name, Func<long> Attempt)> Sockets(string abstractSocket, int port, string socket, int acceptsAtPort)
    {
        (string Name, int Family, int Kind)[] kinds =
        [
            ("TCP", Inet, Stream), ("TCP over IPv6", Inet6, Stream), ("UDP", Inet, Datagram), ("UDP over IPv6", Inet6, Datagram), ("raw", Inet, Raw), ("netlink", Netlink, Raw),
            ("packet", Packet, Raw), ("AF_ALG", Alg, 5), ("vsock", VirtualMachine, Stream),
        ];
        foreach (var (name, family, kind) in kinds)
        {
            yield return ($"socket, {name}", () => Close(Call(Of(41, 198), family, kind, 0)));
        }

        yield return ("socketpair, TCP", static () => Call(Of(53, 199), Inet, Stream, 0, 0));
        if (acceptsAtPort > 0)
        {
            yield return ("an accepted connection, connected elsewhere", () => ReconnectAccepted(acceptsAtPort));
        }

        yield return ("connect the metrics listener elsewhere", () => Reconnect(port));
        yield return ("TCP fast open by sendto", static () => Call(Of(44, 206), -1, 0, 0, 0x20000000));
        yield return ("TCP fast open by sendmsg", static () => Call(Of(46, 211), -1, 0, 0x20000000));
        yield return ("type into a terminal (TIOCSTI)", static () => Call(Of(16, 29), -1, 0x5412, 0));
        yield return ("console control (TIOCLINUX)", static () => Call(Of(16, 29), -1, 0x541C, 0));
        if (abstractSocket.Length > 0)
        {
            yield return ("abstract socket of another process", () => ConnectAbstract(abstractSocket));
        }

        if (socket.Length > 0)
        {
            // That there is none of that name is the refusal.
            yield return ("socket with a path that anybody may connect to", () => ConnectPath(socket) is var rc && rc == -2 ? -13 : rc);
        }
    }

    private static IEnumerable<(string Name, Func<long> Attempt)> Processes()
    {
        const int peek = 2;
        yield return ("ptrace of the parent", static () => Call(Of(101, 117), peek, Parent));
        yield return ("signal to process 1", static () => Call(Of(62, 129), 1, 0));
        yield return ("signal to the parent", static () => Call(Of(62, 129), Parent, 0));
        yield return ("environment of process 1", static () => Read("/proc/1/environ"));
        yield return ("environment of the parent", static () => Read($"/proc/{Parent}/environ"));
        yield return ("memory of the parent", static () => Read($"/proc/{Parent}/mem"));
        yield return ("a setuid program", static () =>
        {
            using var started = Process.Start(new ProcessStartInfo(s_privileged.First(File.Exists), "--help") { RedirectStandardOutput = true, RedirectStandardError = true });
            return 0;
        });
        yield return ("a system call of another machine, by a child", static () => EndOfForeignCall());
        yield return ("a shell", static () =>
        {
            using var started = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exit 0"]));
            return 0;
        });
    }

    private static IEnumerable<(string Name, Func<long> Attempt)> Files(string state)
    {
        foreach (var path in s_read.Where(MayBeThere))
        {
            yield return ($"read {path}", () => Read(path));
        }

        string[] directories = ["/etc", "/usr/lib", "/tmp", "/dev/shm", AppContext.BaseDirectory, .. Inside(state, "", "keys", "secrets", "run", "log")];
        foreach (var directory in directories.Where(MayBeThere))
        {
            yield return ($"write into {directory}", () => Make(Path.Combine(directory, $"voxeltron-walls-{Environment.ProcessId}")));
        }

        foreach (var path in s_written.Where(MayBeThere))
        {
            yield return ($"write {path}", () => OpenAndClose(path, 1));
        }

        string[] secrets =
        [
            "keys/root.key", "keys/operator.key", "keys/api.key", "keys/sre.key", "secrets/pg_owner", "secrets/pg_api", "secrets/pg_sre", "secrets/pg_admin", "api-key", "log/postgres.log",
        ];
        foreach (var secret in Inside(state, secrets).Where(MayBeThere))
        {
            yield return ($"read {secret}", () => Read(secret));
        }
    }

    private static IEnumerable<string> Inside(string state, params string[] names) => state.Length == 0 ? [] : names.Select(name => Path.Combine(state, name));

    /// <summary>Not there and not shown are told apart by the error of opening it: only the first is left out.</summary>
    private static bool MayBeThere(string path) => OpenAndClose(path, 0) != -NoSuchFile;

    private static long Read(string path) => OpenAndClose(path, 0);

    private static long Make(string path)
    {
        const int writeNew = 0x1 | 0x40 | 0x80;
        var rc = OpenAndClose(path, writeNew);
        if (rc >= 0)
        {
            File.Delete(path);
        }

        return rc;
    }

    private static long OpenAndClose(string path, int flags)
    {
        var text = Marshal.StringToCoTaskMemUTF8(path);
        var rc = Call(Of(257, 56), -100, text, flags | 0x80000, 0x180);
        Marshal.FreeCoTaskMem(text);
        return Close(rc);
    }

    /// <returns>The signal that ended the child, as an error; what it came to otherwise.</returns>
    private static long EndOfForeignCall()
    {
        using var child = Process.Start(OwnProgram.Start(WallsMode.Word, WallsMode.ForeignCall))!;
        child.WaitForExit();
        return child.ExitCode == Outcome.BadCall ? -Outcome.BadCall : 0;
    }

    private static long Close(long rc)
    {
        if (rc >= 0)
        {
            _ = Call(Of(3, 57), (nint)rc);
        }

        return rc;
    }

    /// <summary>The one TCP socket there is: shut down, it could be connected like any other. Where none was given, one is made, if that is allowed.</summary>
    private static long Reconnect(int port)
    {
        const int listener = 3;
        var socket = Environment.GetEnvironmentVariable("LISTEN_FDS") is null ? Call(Of(41, 198), Inet, Stream, 0) : listener;
        if (socket < 0)
        {
            return socket;
        }

        _ = Call(Of(48, 210), (nint)socket, 2);
        return ConnectTo(socket, port);
    }

    /// <summary>Whoever started this connects to the listener meanwhile; the socket that comes of it is disconnected first.</summary>
    private static long ReconnectAccepted(int port)
    {
        const int listener = 3;
        const int inProgress = -115, timedOut = -110;
        var accepted = Call(Of(288, 242), listener, 0, 0, 0);
        if (accepted < 0)
        {
            return accepted;
        }

        // connect(AF_UNSPEC), then at most a second for the next.
        var words = Marshal.AllocHGlobal(16);
        Marshal.Copy(new byte[16], 0, words, 16);
        var rc = Call(Of(42, 203), (nint)accepted, words, 16);
        Marshal.WriteInt64(words, 1);
        _ = Call(Of(54, 208), (nint)accepted, 1, 21, words, 16);
        Marshal.FreeHGlobal(words);
        rc = rc < 0 ? rc : ConnectTo(accepted, port);
        _ = Close(accepted);
        return rc is inProgress or timedOut ? -13 : rc;
    }

    private static long ConnectTo(long socket, int port)
    {
        var address = Marshal.AllocHGlobal(16);
        Marshal.Copy(new byte[] { Inet, 0, (byte)(port >> 8), (byte)port, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0 }, 0, address, 16);
        var rc = Call(Of(42, 203), (nint)socket, address, 16);
        Marshal.FreeHGlobal(address);
        return rc;
    }

    private static long ConnectAbstract(string name) => Connect([Unix, 0, 0, .. System.Text.Encoding.UTF8.GetBytes(name)]);

    private static long ConnectPath(string path) => Connect([Unix, 0, .. System.Text.Encoding.UTF8.GetBytes(path), 0]);

    private static long Connect(byte[] bytes)
    {
        var socket = Call(Of(41, 198), Unix, Stream, 0);
        var address = Marshal.AllocHGlobal(bytes.Length);
        Marshal.Copy(bytes, 0, address, bytes.Length);
        var rc = Call(Of(42, 203), (nint)socket, address, bytes.Length);
        Marshal.FreeHGlobal(address);
        _ = Close(socket);
        return rc;
    }
}
