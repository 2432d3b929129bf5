using System.Runtime.InteropServices;

namespace Voxeltron.Launcher;

/// <summary>One instruction of classic BPF, as the kernel has it (struct sock_filter).</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct Instruction(ushort Code, byte IfTrue, byte IfFalse, uint Operand);

/// <summary>
/// Assembles the seccomp program. It is a row of questions, each answered in place, so that no jump is longer than its own question: the kernel
/// runs it once for each call that has no argument to look at and remembers the answer (seccomp's action cache).
/// </summary>
internal sealed class Filter(Architecture machine)
{
    private const ushort Load = 0x20; // BPF_LD | BPF_W | BPF_ABS
    private const ushort IsEqual = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
    private const ushort IsAtLeast = 0x35; // BPF_JMP | BPF_JGE | BPF_K
    private const ushort HasAnyBit = 0x45; // BPF_JMP | BPF_JSET | BPF_K
    private const ushort And = 0x54; // BPF_ALU | BPF_AND | BPF_K
    private const ushort Return = 0x06; // BPF_RET | BPF_K

    // Offsets in struct seccomp_data; of an argument the lower half (both machines are little-endian), which is all the kernel takes of these.
    private const uint NumberAt = 0;
    private const uint MachineAt = 4;
    private const uint ArgumentsAt = 16;

    private const uint Kill = 0x80000000; // SECCOMP_RET_KILL_PROCESS
    private const uint Allow = 0x7FFF0000;
    private const uint Errno = 0x00050000;
    private const uint NotPermitted = Errno | 1; // EPERM
    private const uint Missing = Errno | 38; // ENOSYS

    private const uint ForeignAbi = 0x40000000; // x32
    private const uint Unix = 1, Inet = 2, Inet6 = 10, Netlink = 16, Stream = 1, SocketKinds = 0xF, Tcp = 6;
    private const uint FastOpen = 0x20000000; // MSG_FASTOPEN: it connects, and Landlock is not asked
    private const uint NewNamespaces = 0x7E020000; // CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
    private const uint Routes = 0, SocketDiagnosis = 4, Netfilter = 12; // NETLINK_*
    private const uint Freeze = 0xC0045877, Thaw = 0xC0045878, ShutDown = 0x8004587D; // FIFREEZE, FITHAW, FS_IOC_SHUTDOWN: of a whole file system, by any file in it
    private const uint NewNetwork = 0x40000000; // CLONE_NEWNET
    private const uint TypeIntoTerminal = 0x5412, LinuxConsole = 0x541C; // TIOCSTI, TIOCLINUX
    private const uint AskPersonality = 0xFFFFFFFF;

    private readonly List<Instruction> _program = [];

    public static Instruction[] Build(Architecture machine, Sockets sockets)
    {
        var filter = new Filter(machine);
        filter.RefuseOtherMachines();
        foreach (var call in SyscallTable.Denied.Where(call => call.On(machine) >= 0 && !(sockets == Sockets.Broker && call.IsOfNamespaces)))
        {
            filter.Answer(call, NotPermitted);
        }

        if (sockets == Sockets.Broker)
        {
            filter.AllowOnly(SyscallTable.Unshare, argument: 0, NewNetwork);
            filter.AllowOnly(SyscallTable.SetNs, argument: 1, NewNetwork);
        }

        // Its flags lie behind a pointer. The C library takes clone instead.
        filter.Answer(SyscallTable.Clone3, Missing);
        filter.AllowSockets(sockets);
        filter.On(SyscallTable.SocketPair, [new(Load, 0, 0, ArgumentsAt), new(IsEqual, 1, 0, Unix), new(Return, 0, 0, NotPermitted), new(Return, 0, 0, Allow)]);
        filter.RefuseBits(SyscallTable.Clone, argument: 0, NewNamespaces);
        filter.RefuseBits(SyscallTable.SendTo, argument: 3, FastOpen);
        filter.RefuseBits(SyscallTable.SendMsg, argument: 2, FastOpen);
        filter.RefuseBits(SyscallTable.SendManyMsg, argument: 3, FastOpen);
        filter.On(
            SyscallTable.IoControl,
            [
                new(Load, 0, 0, ArgumentsAt + 8),
                new(IsEqual, 4, 0, TypeIntoTerminal), new(IsEqual, 3, 0, LinuxConsole), new(IsEqual, 2, 0, Freeze), new(IsEqual, 1, 0, Thaw), new(IsEqual, 0, 1, ShutDown),
                new(Return, 0, 0, NotPermitted), new(Return, 0, 0, Allow),
            ]);
        filter.On(SyscallTable.Personality, [new(Load, 0, 0, ArgumentsAt), new(IsEqual, 1, 0, AskPersonality), new(Return, 0, 0, NotPermitted), new(Return, 0, 0, Allow)]);
        filter._program.AddRange([new(IsAtLeast, 0, 1, SyscallTable.Newest + 1), new(Return, 0, 0, Missing), new(Return, 0, 0, Allow)]);
        return [.. filter._program];
    }

    /// <summary>A 32-bit call has other numbers, and x32 the same ones under a bit: neither is asked any question, both end the process.</summary>
    private void RefuseOtherMachines()
    {
        var audit = machine == Architecture.X64 ? 0xC000003Eu : 0xC00000B7u; // AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64
        _program.AddRange([new(Load, 0, 0, MachineAt), new(IsEqual, 1, 0, audit), new(Return, 0, 0, Kill), new(Load, 0, 0, NumberAt)]);
        if (machine == Architecture.X64)
        {
            _program.AddRange([new(IsAtLeast, 0, 1, ForeignAbi), new(Return, 0, 0, Kill)]);
        }
    }

    private void AllowSockets(Sockets sockets)
    {
        List<Instruction> rule = [new(Load, 0, 0, ArgumentsAt)];
        if (sockets == Sockets.Unix)
        {
            On(SyscallTable.Socket, [.. rule, new(IsEqual, 1, 0, Unix), new(Return, 0, 0, NotPermitted), new(Return, 0, 0, Allow)]);
            return;
        }

        if (sockets == Sockets.Broker)
        {
            On(
                SyscallTable.Socket,
                [
                    .. rule,
                    new(IsEqual, 8, 0, Unix), new(IsEqual, 7, 0, Inet), new(IsEqual, 6, 0, Inet6), new(IsEqual, 0, 4, Netlink),
                    // Of what speaks to the kernel: routes, a look at sockets, netfilter.
                    new(Load, 0, 0, ArgumentsAt + 16), new(IsEqual, 3, 0, Routes), new(IsEqual, 2, 0, SocketDiagnosis), new(IsEqual, 1, 0, Netfilter),
                    new(Return, 0, 0, NotPermitted), new(Return, 0, 0, Allow),
                ]);
            return;
        }

        // Of the protocols with a stream only TCP itself: Landlock sees no MPTCP, SCTP or SMC.
        On(
            SyscallTable.Socket,
            [
                .. rule,
                new(IsEqual, 9, 0, Unix), new(IsEqual, 1, 0, Inet), new(IsEqual, 0, 6, Inet6),
                new(Load, 0, 0, ArgumentsAt + 8), new(And, 0, 0, SocketKinds), new(IsEqual, 0, 3, Stream),
                new(Load, 0, 0, ArgumentsAt + 16), new(IsEqual, 2, 0, 0), new(IsEqual, 1, 0, Tcp),
                new(Return, 0, 0, NotPermitted), new(Return, 0, 0, Allow),
            ]);
    }

    private void RefuseBits(Syscall call, uint argument, uint bits) => On(
        call, [new(Load, 0, 0, ArgumentsAt + (argument * 8)), new(HasAnyBit, 0, 1, bits), new(Return, 0, 0, NotPermitted), new(Return, 0, 0, Allow)]);

    private void AllowOnly(Syscall call, uint argument, uint value) => On(
        call, [new(Load, 0, 0, ArgumentsAt + (argument * 8)), new(IsEqual, 1, 0, value), new(Return, 0, 0, NotPermitted), new(Return, 0, 0, Allow)]);

    private void Answer(Syscall call, uint answer) => On(call, [new(Return, 0, 0, answer)]);

    /// <summary>The number is in the accumulator before each question; a rule that loads something else ends by an answer.</summary>
    private void On(Syscall call, Instruction[] rule) => _program.AddRange([new(IsEqual, 0, (byte)rule.Length, (uint)call.On(machine)), .. rule]);
}
