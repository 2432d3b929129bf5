using System.Runtime.InteropServices;

namespace Voxeltron.Broker.Interop;

/// <summary>The C library's calls that .NET has no interface for. Plain values, arrays and handles: no unsafe code.</summary>
internal static class Libc
{
    public const int CloneNewNet = 0x40000000;
    public const int CloseOnExec = 0x80000;
    public const int NonBlocking = 0x800;

    public const int Unix = 1;
    public const int Inet = 2;
    public const int Netlink = 16;
    public const int Stream = 1;
    public const int Raw = 3;
    public const int SeqPacket = 5;

    public const int SocketLevel = 1;
    public const int SocketError = 4;
    public const int SendBuffer = 7;
    public const int ReceiveBuffer = 8;
    public const int KeepAlive = 9;
    public const int PeerCredentials = 17;
    public const int ReceiveTimeout = 20;
    public const int TcpLevel = 6;
    public const int TcpNoDelay = 1;
    public const int TcpKeepIdle = 4;
    public const int TcpKeepInterval = 5;
    public const int TcpKeepCount = 6;

    public const int Interrupted = 4;
    public const int NoSuchEntry = 2;
    public const int Again = 11;
    public const int Exists = 17;
    public const int NetworkUnreachable = 101;
    public const int TimedOut = 110;
    public const int ConnectionRefused = 111;
    public const int HostUnreachable = 113;
    public const int InProgress = 115;

    public const short PollOut = 4;
    public const short PollIn = 1;

    /// <summary>libnftables waits by select, which aborts the process at a descriptor of 1024 or more: those it does not use make room for its own.</summary>
    public static int MoveUp(int descriptor)
    {
        const int duplicateCloseOnExec = 1030;
        var moved = descriptor < 0 ? -1 : fcntl(descriptor, duplicateCloseOnExec, 1024);
        if (moved >= 0)
        {
            _ = close(descriptor);
        }

        return moved >= 0 ? moved : descriptor;
    }

    [DllImport("libc")]
    private static extern int fcntl(int descriptor, int command, int argument);

    [DllImport("libc")]
    private static extern int close(int descriptor);

    [DllImport("libc", SetLastError = true)]
    public static extern int unshare(int flags);

    [DllImport("libc", SetLastError = true)]
    public static extern int setns(SafeHandle descriptor, int kind);

    /// <param name="path">Ends with a NUL.</param>
    [DllImport("libc", SetLastError = true)]
    public static extern int open(byte[] path, int flags);

    [DllImport("libc", SetLastError = true)]
    public static extern int socket(int domain, int type, int protocol);

    [DllImport("libc", SetLastError = true)]
    public static extern int bind(SafeHandle descriptor, byte[] address, int length);

    [DllImport("libc", SetLastError = true)]
    public static extern int listen(SafeHandle descriptor, int backlog);

    [DllImport("libc", SetLastError = true)]
    public static extern int accept4(SafeHandle descriptor, nint address, nint length, int flags);

    [DllImport("libc", SetLastError = true)]
    public static extern int connect(SafeHandle descriptor, byte[] address, int length);

    [DllImport("libc", SetLastError = true)]
    public static extern int shutdown(SafeHandle descriptor, int how);

    [DllImport("libc", SetLastError = true)]
    public static extern nint send(SafeHandle descriptor, byte[] buffer, nint length, int flags);

    [DllImport("libc", SetLastError = true)]
    public static extern nint recv(SafeHandle descriptor, byte[] buffer, nint length, int flags);

    [DllImport("libc", SetLastError = true)]
    public static extern int setsockopt(SafeHandle descriptor, int level, int option, in int value, int length);

    [DllImport("libc", SetLastError = true)]
    public static extern int setsockopt(SafeHandle descriptor, int level, int option, in TimeValue value, int length);

    [DllImport("libc", SetLastError = true)]
    public static extern int getsockopt(SafeHandle descriptor, int level, int option, out int value, ref int length);

    [DllImport("libc", SetLastError = true)]
    public static extern int getsockopt(SafeHandle descriptor, int level, int option, out Credentials value, ref int length);

    [DllImport("libc", SetLastError = true)]
    public static extern int poll([In, Out] PollEntry[] entries, nuint count, int timeoutMs);

    [DllImport("libc", SetLastError = true)]
    public static extern int eventfd(uint initial, int flags);

    [DllImport("libc", SetLastError = true)]
    public static extern nint write(SafeHandle descriptor, in ulong value, nint length);

    [DllImport("libc", SetLastError = true)]
    public static extern nint read(SafeHandle descriptor, out ulong value, nint length);

    /// <summary>Of the namespace the calling thread is in; 0 when there is none of that name.</summary>
    /// <param name="name">Ends with a NUL.</param>
    [DllImport("libc", SetLastError = true)]
    public static extern uint if_nametoindex(byte[] name);

    [DllImport("libc", SetLastError = true)]
    public static extern int prctl(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);

    [DllImport("libc", SetLastError = true)]
    public static extern int capset(in CapabilityHeader header, CapabilityWord[] words);

    /// <summary>Comes back only when it failed.</summary>
    [DllImport("libc", SetLastError = true)]
    public static extern int execve(byte[] path, nint[] arguments, nint[] environment);

    [DllImport("libc", SetLastError = true)]
    public static extern int getrlimit(int resource, out Limit limit);

    [DllImport("libc", SetLastError = true)]
    public static extern int setrlimit(int resource, in Limit limit);

    [DllImport("libc")]
    public static extern uint umask(uint mask);

    [DllImport("libc", SetLastError = true)]
    public static extern int mount([MarshalAs(UnmanagedType.LPUTF8Str)] string source, [MarshalAs(UnmanagedType.LPUTF8Str)] string target, [MarshalAs(UnmanagedType.LPUTF8Str)] string? kind, nuint flags, nint data);

    [DllImport("libc", SetLastError = true)]
    public static extern int umount2([MarshalAs(UnmanagedType.LPUTF8Str)] string target, int flags);

    public struct TimeValue
    {
        public nint Seconds;
        public nint Microseconds;
    }

    public struct Credentials
    {
        public int Process;
        public uint User;
        public uint Group;
    }

    public struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Found;
    }

    public struct CapabilityHeader
    {
        public uint Version;
        public int Process;
    }

    public struct CapabilityWord
    {
        public uint Effective;
        public uint Permitted;
        public uint Inheritable;
    }

    public struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
