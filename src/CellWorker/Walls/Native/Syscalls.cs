using System.Runtime.InteropServices;

namespace Voxeltron.CellWorker;

/// <summary>System calls by number: what is tried must reach the kernel as it is, not as a library thinks best. See the README beside it.</summary>
internal static class Syscalls
{
    /// <returns>Zero or more, or the negative error.</returns>
    public static long Call(int number, nint a = 0, nint b = 0, nint c = 0, nint d = 0, nint e = 0)
    {
        var rc = syscall(number, a, b, c, d, e);
        return rc < 0 ? -Marshal.GetLastPInvokeError() : rc;
    }

    public static long Call(int number, string path, nint b = 0, nint c = 0, nint d = 0)
    {
        var text = Marshal.StringToCoTaskMemUTF8(path);
        var rc = Call(number, text, b, c, d);
        Marshal.FreeCoTaskMem(text);
        return rc;
    }

    public static int Of(int x64, int arm64) => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? arm64 : x64;

    [DllImport("libc", SetLastError = true)]
    private static extern nint syscall(nint number, nint a, nint b, nint c, nint d, nint e);
}
