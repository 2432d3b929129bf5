using System.Runtime.InteropServices;
using Voxeltron.Kernel;

namespace Voxeltron.Launcher;

internal static unsafe class Seccomp
{
    private const int FilterMode = 2;

    /// <returns>Null where this machine has no seccomp, or no table here.</returns>
    public static Instruction[]? Prepare(Sockets sockets) =>
        SyscallTable.Here is { } machine && Libc.prctl(Libc.GetSeccomp, 0, 0, 0, 0) >= 0 ? Filter.Build(machine, sockets) : null;

    /// <summary>Of this thread and what it becomes. Nobody can take it off again.</summary>
    public static void Raise(Instruction[] program)
    {
        fixed (Instruction* first = program)
        {
            var whole = new Program { Length = (ushort)program.Length, First = first };
            if (Libc.prctl(Libc.SetSeccomp, FilterMode, (nuint)(&whole), 0, 0) != 0)
            {
                throw new VoxeltronException("not_confined", $"The kernel did not take the seccomp filter: {Libc.Reason}.");
            }
        }
    }

    // struct sock_fprog
    [StructLayout(LayoutKind.Sequential)]
    private struct Program
    {
        public ushort Length;
        public Instruction* First;
    }
}
