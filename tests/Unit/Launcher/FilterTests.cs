using System.Runtime.InteropServices;
using Voxeltron.Launcher;
using Xunit;

namespace Voxeltron.Tests.Unit.Launcher;

/// <summary>
/// Goal: the filter answers every system call as docs/walls.md says, on both machines, of which a test run sees but one. Method: the program run by an
/// interpreter of the few instructions it uses.
/// </summary>
public sealed class FilterTests
{
    private const uint Allow = 0x7FFF0000, Kill = 0x80000000, NotPermitted = 0x00050001, Missing = 0x00050026;
    private const int Unix = 1, Inet = 2, Inet6 = 10, Netlink = 16, Stream = 1, Datagram = 2, CloseOnExec = 0x80000;

    public static TheoryData<Architecture> Machines => [Architecture.X64, Architecture.Arm64];

    [Theory]
    [MemberData(nameof(Machines))]
    public void Every_call_on_the_list_is_refused_and_the_daily_ones_are_not(Architecture machine)
    {
        var filter = Filter.Build(machine, Sockets.Unix);
        Assert.All(SyscallTable.Denied.Where(call => call.On(machine) >= 0), call => Assert.Equal(NotPermitted, Run(filter, machine, call.On(machine))));
        // read, write, mmap, futex, openat, epoll_ctl, connect, accept4, execve, getrandom, prctl, seccomp
        int[] daily = machine == Architecture.X64 ? [0, 1, 9, 202, 257, 233, 42, 288, 59, 318, 157, 317] : [63, 64, 222, 98, 56, 21, 203, 242, 221, 278, 167, 277];
        Assert.All(daily, number => Assert.Equal(Allow, Run(filter, machine, number)));
        Assert.Equal(Missing, Run(filter, machine, SyscallTable.Clone3.On(machine)));
        Assert.Equal(Missing, Run(filter, machine, SyscallTable.Newest + 1));
    }

    [Theory]
    [MemberData(nameof(Machines))]
    public void No_number_is_on_the_list_twice(Architecture machine)
    {
        var numbers = SyscallTable.Denied.Select(call => call.On(machine)).Where(static number => number >= 0).ToList();
        Assert.Equal(numbers.Count, numbers.Distinct().Count());
        Assert.All(numbers, static number => Assert.InRange(number, 1, SyscallTable.Newest));
    }

    [Theory]
    [MemberData(nameof(Machines))]
    public void Calls_of_another_machine_end_the_process(Architecture machine)
    {
        var filter = Filter.Build(machine, Sockets.Tcp);
        Assert.Equal(Kill, RunOn(filter, 0x40000003, 0)); // i386
        Assert.Equal(Kill, RunOn(filter, 0x40000028, 0)); // arm
        Assert.Equal(machine == Architecture.X64 ? Kill : Missing, Run(filter, machine, 0x40000000));
    }

    [Theory]
    [MemberData(nameof(Machines))]
    public void Sockets_are_those_of_files_alone(Architecture machine)
    {
        var filter = Filter.Build(machine, Sockets.Unix);
        var socket = SyscallTable.Socket.On(machine);
        Assert.Equal(Allow, Run(filter, machine, socket, Unix, Stream | CloseOnExec));
        Assert.All(Enumerable.Range(0, 64).Where(static family => family != Unix), family => Assert.Equal(NotPermitted, Run(filter, machine, socket, family, Stream)));
        // The kernel takes the lower half only, so the filter must too.
        Assert.Equal(Allow, Run(filter, machine, socket, 1L << 32 | Unix, Stream));
        Assert.Equal((Allow, NotPermitted), (Run(filter, machine, SyscallTable.SocketPair.On(machine), Unix), Run(filter, machine, SyscallTable.SocketPair.On(machine), Inet)));
    }

    [Theory]
    [MemberData(nameof(Machines))]
    public void Where_Postgres_is_reached_over_TCP_there_is_TCP_and_nothing_like_it(Architecture machine)
    {
        var filter = Filter.Build(machine, Sockets.Tcp);
        var socket = SyscallTable.Socket.On(machine);
        Assert.Equal(Allow, Run(filter, machine, socket, Unix, Datagram));
        foreach (var family in new[] { Inet, Inet6 })
        {
            Assert.Equal(Allow, Run(filter, machine, socket, family, Stream | CloseOnExec));
            Assert.Equal(Allow, Run(filter, machine, socket, family, Stream, 6));
            Assert.Equal(NotPermitted, Run(filter, machine, socket, family, Stream, 262)); // MPTCP
            Assert.Equal(NotPermitted, Run(filter, machine, socket, family, Stream, 132)); // SCTP
            Assert.Equal(NotPermitted, Run(filter, machine, socket, family, Datagram));
            Assert.Equal(NotPermitted, Run(filter, machine, socket, family, 3));
        }

        Assert.Equal(NotPermitted, Run(filter, machine, socket, Netlink, Stream));
    }

    [Theory]
    [MemberData(nameof(Machines))]
    public void A_broker_enters_and_makes_network_namespaces_and_no_other_kind(Architecture machine)
    {
        var filter = Filter.Build(machine, Sockets.Broker);
        const int network = 0x40000000;
        var (unshare, setNs, socket) = (SyscallTable.Unshare.On(machine), SyscallTable.SetNs.On(machine), SyscallTable.Socket.On(machine));
        Assert.Equal((Allow, Allow), (Run(filter, machine, unshare, network), Run(filter, machine, setNs, 5, network)));
        foreach (var other in new[] { 0, 0x20000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, network | 0x10000000 })
        {
            Assert.Equal((NotPermitted, NotPermitted), (Run(filter, machine, unshare, other), Run(filter, machine, setNs, 5, other)));
        }

        Assert.All(new[] { Unix, Inet, Inet6 }, family => Assert.Equal(Allow, Run(filter, machine, socket, family, Datagram)));
        Assert.All(Enumerable.Range(0, 32), protocol => Assert.Equal(protocol is 0 or 4 or 12 ? Allow : NotPermitted, Run(filter, machine, socket, Netlink, 3, protocol)));
        Assert.All(Enumerable.Range(0, 64).Except([Unix, Inet, Inet6, Netlink]), family => Assert.Equal(NotPermitted, Run(filter, machine, socket, family, Stream)));
        Assert.All(
            SyscallTable.Denied.Where(call => call.On(machine) >= 0 && !call.IsOfNamespaces), call => Assert.Equal(NotPermitted, Run(filter, machine, call.On(machine))));
        // A worker may neither.
        var worker = Filter.Build(machine, Sockets.Unix);
        Assert.Equal((NotPermitted, NotPermitted), (Run(worker, machine, unshare, network), Run(worker, machine, setNs, 5, network)));
    }

    [Theory]
    [MemberData(nameof(Machines))]
    public void Flags_that_make_a_namespace_connect_or_type_are_refused_and_others_pass(Architecture machine)
    {
        var filter = Filter.Build(machine, Sockets.Unix);
        var clone = SyscallTable.Clone.On(machine);
        Assert.Equal(Allow, Run(filter, machine, clone, 0x3D0F00)); // a thread
        Assert.Equal(Allow, Run(filter, machine, clone, 0x4111)); // vfork
        foreach (var flag in new[] { 0x20000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000 })
        {
            Assert.Equal(NotPermitted, Run(filter, machine, clone, flag | 0x11));
        }

        const int fastOpen = 0x20000000, quiet = 0x4000;
        Assert.Equal((Allow, NotPermitted), (Run(filter, machine, SyscallTable.SendTo.On(machine), 0, 0, 0, quiet), Run(filter, machine, SyscallTable.SendTo.On(machine), 0, 0, 0, fastOpen | quiet)));
        Assert.Equal((Allow, NotPermitted), (Run(filter, machine, SyscallTable.SendMsg.On(machine), 0, 0, quiet), Run(filter, machine, SyscallTable.SendMsg.On(machine), 0, 0, fastOpen)));
        Assert.Equal((Allow, NotPermitted), (Run(filter, machine, SyscallTable.SendManyMsg.On(machine), 0, 0, 0, quiet), Run(filter, machine, SyscallTable.SendManyMsg.On(machine), 0, 0, 0, fastOpen)));
        Assert.Equal((Allow, NotPermitted, NotPermitted), (Control(0x5401), Control(0x5412), Control(0x541C)));
        // FIFREEZE, FITHAW, FS_IOC_SHUTDOWN
        Assert.Equal((NotPermitted, NotPermitted, NotPermitted), (Control(0xC0045877), Control(0xC0045878), Control(0x8004587D)));
        Assert.Equal((Allow, NotPermitted), (Run(filter, machine, SyscallTable.Personality.On(machine), 0xFFFFFFFF), Run(filter, machine, SyscallTable.Personality.On(machine), 0x40000)));

        uint Control(long command) => Run(filter, machine, SyscallTable.IoControl.On(machine), 0, command);
    }

    private static uint Run(Instruction[] program, Architecture machine, int number, params long[] arguments) =>
        RunOn(program, machine == Architecture.X64 ? 0xC000003E : 0xC00000B7, number, arguments);

    private static uint RunOn(Instruction[] program, uint audit, int number, params long[] arguments)
    {
        uint accumulator = 0;
        for (var at = 0; ; at++)
        {
            var (code, ifTrue, ifFalse, operand) = program[at];
            switch (code)
            {
                case 0x20:
                    accumulator = operand switch
                    {
                        0 => (uint)number,
                        4 => audit,
                        _ => (uint)(arguments.ElementAtOrDefault((int)(operand - 16) / 8) >> ((operand % 8) == 4 ? 32 : 0)),
                    };
                    break;
                case 0x54:
                    accumulator &= operand;
                    break;
                case 0x06:
                    return operand;
                default:
                    var isTrue = code switch
                    {
                        0x15 => accumulator == operand,
                        0x35 => accumulator >= operand,
                        0x45 => (accumulator & operand) != 0,
                        _ => throw new InvalidOperationException($"instruction {code:x} at {at}"),
                    };
                    at += isTrue ? ifTrue : ifFalse;
                    break;
            }
        }
    }
}
