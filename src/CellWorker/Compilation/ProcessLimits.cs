using System.Runtime.InteropServices;
using Voxeltron.Kernel;

namespace Voxeltron.CellWorker;

/// <summary>
/// Limits a process gives itself before it reads what it must not trust; none of them can be lifted again. Linux; elsewhere the parent's
/// clock is the only one.
/// </summary>
internal static class ProcessLimits
{
    private const int Core = 4;
    private const int CpuSeconds = 0;
    private const int FileBytes = 1;
    private const int DataBytes = 2;
    private const int OpenFiles = 7;

    private const int SetDumpable = 4;
    private const int SetNoNewPrivileges = 38;

    /// <summary>What the runtime has open by itself, some thirty, the standard streams, and the libraries that are loaded late.</summary>
    private const ulong MostOpenFiles = 96;

    /// <summary>Missions' work goes first.</summary>
    private const int Niceness = 10;

    /// <param name="cpuSeconds">Of all threads together; then the kernel ends the process by SIGXCPU.</param>
    /// <param name="memoryBytes">Private writable memory: heaps, stacks, the managed heap as far as it is committed. Address space is not
    /// counted, since the runtime reserves much and uses little of it.</param>
    public static void Apply(ulong cpuSeconds, ulong memoryBytes)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        Set(Core, 0);
        // Core files go to a program on many machines, and that one is given them whatever the limit says.
        _ = prctl(SetDumpable, 0, 0, 0, 0);
        _ = prctl(SetNoNewPrivileges, 1, 0, 0, 0);
        // Of this thread, and of those it will start: the compiler's.
        _ = setpriority(0, 0, Niceness);
        Set(FileBytes, 0);
        Set(OpenFiles, MostOpenFiles);
        Set(DataBytes, memoryBytes);
        // At the hard limit it is SIGKILL, which could be anybody's; the second between them lets SIGXCPU say what it was.
        Set(CpuSeconds, cpuSeconds, grace: 1);
    }

    private static void Set(int resource, ulong most, ulong grace = 0)
    {
        var limit = new Limit { Soft = most, Hard = most + grace };
        if (setrlimit(resource, in limit) != 0)
        {
            throw new VoxeltronException("compiler_unlimited", $"Limit {resource} could not be set to {most}: error {Marshal.GetLastPInvokeError()}.");
        }
    }

    // Plain values and no pointers: this room needs no unsafe code for four calls.
    [DllImport("libc", SetLastError = true)]
    private static extern int setrlimit(int resource, in Limit limit);

    [DllImport("libc")]
    private static extern int prctl(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);

    [DllImport("libc")]
    private static extern int setpriority(int which, int who, int niceness);

    private struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
