using System.Runtime.InteropServices;

namespace Voxeltron.Launcher;

/// <summary>The calls of the C library and, by number, of the kernel that a launcher makes; each with its man page's name. See the README beside it.</summary>
internal static unsafe class Libc
{
    public const int PathOnly = 0x200000; // O_PATH
    public const int CloseOnExec = 0x80000; // O_CLOEXEC
    public const int NoFollow = 0x20000; // O_NOFOLLOW on x86-64; arm64 has another value, see NoFollowHere
    public const int AtCurrent = -100; // AT_FDCWD
    public const int AtEmptyPath = 0x1000; // AT_EMPTY_PATH
    public const int AtEffectiveIds = 0x200; // AT_EACCESS

    public const int SetSeccomp = 22;
    public const int GetSeccomp = 21;
    public const int DropBounding = 24;
    public const int SetSecurebits = 28;
    public const int SetNoNewPrivileges = 38;
    public const int Ambient = 47;
    public const int AmbientRaise = 2;
    public const int AmbientClearAll = 4;

    public static int NoFollowHere => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x8000 : NoFollow;

    public static int Error => Marshal.GetLastPInvokeError();

    /// <summary>Name and words of the last call's error, for people.</summary>
    public static string Reason => Marshal.GetPInvokeErrorMessage(Error);

    [DllImport("libc", SetLastError = true)]
    public static extern int open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", SetLastError = true)]
    public static extern int close(int descriptor);

    [DllImport("libc", SetLastError = true)]
    public static extern int dup2(int from, int to);

    [DllImport("libc", SetLastError = true)]
    public static extern int fchownat(int directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint user, uint group, int flags);

    [DllImport("libc", SetLastError = true)]
    public static extern int faccessat(int directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int mode, int flags);

    [DllImport("libc", SetLastError = true)]
    public static extern int setgroups(nint count, uint* groups);

    [DllImport("libc", SetLastError = true)]
    public static extern int setresgid(uint real, uint effective, uint saved);

    [DllImport("libc", SetLastError = true)]
    public static extern int setresuid(uint real, uint effective, uint saved);

    [DllImport("libc")]
    public static extern uint geteuid();

    [DllImport("libc")]
    public static extern int getpid();

    [DllImport("libc", SetLastError = true)]
    public static extern nint getpwnam([MarshalAs(UnmanagedType.LPUTF8Str)] string name);

    [DllImport("libc", SetLastError = true)]
    public static extern int capget(CapHeader* header, CapData* data);

    [DllImport("libc", SetLastError = true)]
    public static extern int capset(CapHeader* header, CapData* data);

    [DllImport("libc", SetLastError = true)]
    public static extern int prctl(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);

    [DllImport("libc", SetLastError = true)]
    public static extern int setns(int descriptor, int kind);

    [DllImport("libc", SetLastError = true)]
    public static extern int unshare(int flags);

    [DllImport("libc", SetLastError = true)]
    public static extern int mount(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string? source, [MarshalAs(UnmanagedType.LPUTF8Str)] string target, [MarshalAs(UnmanagedType.LPUTF8Str)] string? type, nuint flags,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string? data);

    [DllImport("libc", SetLastError = true)]
    public static extern nint syscall(nint number, nint argument1, nint argument2, nint argument3, nint argument4, nint argument5);

    [DllImport("libc", SetLastError = true)]
    public static extern int execve(byte* path, byte** arguments, byte** environment);

    /// <summary>A directory, or a regular file with one name.</summary>
    public static bool IsOneNamed(int descriptor)
    {
        // struct statx is the same everywhere: links at byte 16, mode at 28.
        const int links = 0x4, kind = 0x1, kindOfFile = 0xF000, directory = 0x4000, regular = 0x8000;
        var number = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 291 : 332;
        var empty = stackalloc byte[1];
        var answer = stackalloc byte[256];
        *empty = 0;
        if (syscall(number, descriptor, (nint)empty, AtEmptyPath, links | kind, (nint)answer) != 0)
        {
            return false;
        }

        return (*(ushort*)(answer + 28) & kindOfFile) switch
        {
            directory => true,
            regular => *(uint*)(answer + 16) == 1,
            _ => false,
        };
    }

    public struct CapHeader
    {
        public uint Version;
        public int Process;
    }

    public struct CapData
    {
        public uint Effective;
        public uint Permitted;
        public uint Inheritable;
    }
}
