using System.Runtime.InteropServices;
using Voxeltron.Kernel;

namespace Voxeltron.Launcher;

/// <summary>
/// Landlock (Linux' Documentation/userspace-api/landlock.rst): this thread and what it becomes reach the files that are named, and no others; no TCP
/// port but those named; no abstract socket and no process outside. What a kernel's version does not know is left out of the request.
/// </summary>
internal sealed unsafe class Landlock
{
    public const ulong Execute = 1, WriteFile = 1 << 1, ReadFile = 1 << 2, ReadDirectory = 1 << 3, Truncate = 1 << 14;

    /// <summary>Read a tree, and run nothing of it.</summary>
    public const ulong Read = ReadFile | ReadDirectory;

    /// <summary>All a directory of one's own needs: files and directories made, renamed and removed; no devices, sockets, pipes or links.</summary>
    public const ulong Own = Read | WriteFile | Truncate | RemoveDirectory | RemoveFile | MakeDirectory | MakeRegular | Refer;

    /// <summary>To be listened at in a directory of one's own.</summary>
    public const ulong MakeSocket = 1 << 9;

    private const ulong RemoveDirectory = 1 << 4, RemoveFile = 1 << 5, MakeDirectory = 1 << 7, MakeRegular = 1 << 8, Refer = 1 << 13;
    private const ulong FirstFileRights = (1 << 13) - 1, DeviceControl = 1 << 15;
    private const ulong OfFiles = Execute | WriteFile | ReadFile | Truncate | DeviceControl;
    private const ulong BindTcp = 1, ConnectTcp = 2, AbstractSockets = 1, Signals = 2;

    private const nint Create = 444, AddRule = 445, Restrict = 446;
    private const nint AskVersion = 1, PathBeneath = 1, Port = 2;

    private readonly int _rules;
    private readonly ulong _handled;

    private Landlock(int version, int rules, ulong handled) => (Version, _rules, _handled) = (version, rules, handled);

    public int Version { get; }

    public bool KnowsPorts => Version >= 4;

    /// <param name="wallsPorts">No TCP port is bound or connected to but those granted; else all of them.</param>
    /// <returns>Null where the kernel has no Landlock, or has it switched off.</returns>
    public static Landlock? Open(bool wallsPorts)
    {
        var version = (int)Libc.syscall(Create, 0, 0, AskVersion, 0, 0);
        if (version < 1)
        {
            return null;
        }

        var rights = new Attributes
        {
            Files = FirstFileRights | (version >= 2 ? Refer : 0) | (version >= 3 ? Truncate : 0) | (version >= 5 ? DeviceControl : 0),
            Ports = version >= 4 && wallsPorts ? BindTcp | ConnectTcp : 0,
            Scopes = version >= 6 ? AbstractSockets | Signals : 0,
        };
        var size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
        var rules = (int)Libc.syscall(Create, (nint)(&rights), size, 0, 0, 0);
        return rules >= 0
            ? new Landlock(version, rules, rights.Files)
            : throw new VoxeltronException("not_confined", $"The kernel has Landlock {version} and did not make a set of rules: {Libc.Reason}.");
    }

    /// <summary>What is not there gets no rule: it is refused when it appears.</summary>
    /// <returns>False when it is not there.</returns>
    public bool Grant(string path, ulong rights)
    {
        var place = Libc.open(path, Libc.PathOnly | Libc.CloseOnExec);
        if (place < 0)
        {
            return false;
        }

        // Packed: 64 bits of rights, then 32 of descriptor.
        var rule = stackalloc byte[12];
        *(ulong*)rule = rights & _handled & (Directory.Exists(path) ? ulong.MaxValue : OfFiles);
        *(int*)(rule + 8) = place;
        var rc = Libc.syscall(AddRule, _rules, PathBeneath, (nint)rule, 0, 0);
        var reason = Libc.Reason;
        _ = Libc.close(place);
        return rc == 0 ? true : throw new VoxeltronException("not_confined", $"Landlock took no rule for {path}: {reason}.");
    }

    public void GrantConnect(int port)
    {
        var rule = stackalloc ulong[2];
        (rule[0], rule[1]) = (ConnectTcp, (ulong)port);
        if (KnowsPorts && Libc.syscall(AddRule, _rules, Port, (nint)rule, 0, 0) != 0)
        {
            throw new VoxeltronException("not_confined", $"Landlock took no rule for port {port}: {Libc.Reason}.");
        }
    }

    /// <summary>Needs no-new-privileges.</summary>
    public void Raise()
    {
        if (Libc.syscall(Restrict, _rules, 0, 0, 0, 0) != 0)
        {
            throw new VoxeltronException("not_confined", $"Landlock could not be raised: {Libc.Reason}.");
        }

        _ = Libc.close(_rules);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Attributes
    {
        public ulong Files;
        public ulong Ports;
        public ulong Scopes;
    }
}
