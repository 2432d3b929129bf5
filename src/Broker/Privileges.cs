using System.Collections;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Voxeltron.Broker.Interop;
using Voxeltron.Kernel;

namespace Voxeltron.Broker;

/// <summary>
/// What this process may do: two things.
/// <list type="bullet">
/// <item>CAP_SYS_ADMIN: unshare and setns of network namespaces. There is no smaller one for them.</item>
/// <item>CAP_NET_ADMIN: links, addresses, routes and rules of those namespaces, ending their sockets, and the machine's own rules.</item>
/// </list>
/// </summary>
/// <remarks>
/// Capabilities belong to threads, and the runtime has started some before any code of ours runs. So the first thread narrows itself and
/// executes the same program again: all threads of that begin with what is left.
/// </remarks>
internal static class Privileges
{
    public const int NetAdmin = 12;
    public const int SysAdmin = 21;

    private const ulong Needed = (1UL << NetAdmin) | (1UL << SysAdmin);
    private const string AlreadyDone = "VOXELTRON_BROKER_NARROWED";

    private const int DropBounding = 24;
    private const int SetNoNewPrivileges = 38;
    private const int SetDumpable = 4;
    private const int Ambient = 47;
    private const int AmbientRaise = 2;
    private const int OpenFiles = 7;
    private const uint CapabilityVersion = 0x20080522;

    /// <summary>What is not here: null when all that is needed is.</summary>
    public static string? Missing()
    {
        var effective = Read("CapEff");
        return (effective & (1UL << SysAdmin)) == 0 ? "CAP_SYS_ADMIN" : (effective & (1UL << NetAdmin)) == 0 ? "CAP_NET_ADMIN" : null;
    }

    /// <summary>Comes back when nothing is left to give up; else executes this program again.</summary>
    public static void Narrow()
    {
        RaiseOpenFiles();
        if ((Read("CapEff") & ~Needed) == 0 && (Read("CapPrm") & ~Needed) == 0 && (Read("CapBnd") & ~Needed) == 0)
        {
            // Core files and debuggers of other users see nothing of it. Lost in every exec, so it is done here.
            _ = Libc.prctl(SetDumpable, 0, 0, 0, 0);
            _ = Libc.prctl(SetNoNewPrivileges, 1, 0, 0, 0);
            return;
        }

        if (Environment.GetEnvironmentVariable(AlreadyDone) is not null)
        {
            throw new VoxeltronException("broker_privileges", $"Capabilities would not go: effective {Read("CapEff"):x}, bounding {Read("CapBnd"):x}.");
        }

        for (nuint capability = 0; capability < 64; capability++)
        {
            if ((Needed & (1UL << (int)capability)) == 0)
            {
                _ = Libc.prctl(DropBounding, capability, 0, 0, 0);
            }
        }

        const uint low = unchecked((uint)Needed);
        var header = new Libc.CapabilityHeader { Version = CapabilityVersion };
        if (Libc.capset(in header, [new() { Effective = low, Permitted = low, Inheritable = low }, new()]) != 0)
        {
            throw KernelException.Last("capset");
        }

        // Only of use to a user who is not root, to whom an exec would leave nothing.
        _ = Libc.prctl(Ambient, AmbientRaise, NetAdmin, 0, 0);
        _ = Libc.prctl(Ambient, AmbientRaise, SysAdmin, 0, 0);
        _ = Libc.prctl(SetNoNewPrivileges, 1, 0, 0, 0);
        ExecuteAgain();
    }

    private static void ExecuteAgain()
    {
        var arguments = File.ReadAllBytes("/proc/self/cmdline");
        var environment = new List<string> { AlreadyDone + "=1" };
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            environment.Add($"{variable.Key}={variable.Value}");
        }

        _ = Libc.execve("/proc/self/exe\0"u8.ToArray(), Vector(Encoding.UTF8.GetString(arguments).TrimEnd('\0').Split('\0')), Vector(environment));
        throw KernelException.Last("execve");
    }

    /// <summary>Copies that live until the exec, which is at once.</summary>
    private static nint[] Vector(IEnumerable<string> texts) => [.. texts.Select(Marshal.StringToCoTaskMemUTF8), 0];

    /// <summary>Five descriptors a namespace, and one a connection that is being made.</summary>
    private static void RaiseOpenFiles()
    {
        if (Libc.getrlimit(OpenFiles, out var limit) == 0)
        {
            limit.Soft = limit.Hard;
            _ = Libc.setrlimit(OpenFiles, in limit);
        }
    }

    private static ulong Read(string name)
    {
        var line = File.ReadLines("/proc/thread-self/status").First(one => one.StartsWith(name, StringComparison.Ordinal));
        return ulong.Parse(line.AsSpan(line.IndexOf(':') + 1).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
    }
}
