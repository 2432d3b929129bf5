using static Voxeltron.CellWorker.Syscalls;

namespace Voxeltron.CellWorker;

/// <summary>
/// The list of what is tried, harmless where no wall stands (Native/README.md). System calls first, then sockets, other processes and files.
/// </summary>
internal static partial class WallsProbe
{
    private const string Nowhere = "/nonexistent/voxeltron-walls";

    public static IEnumerable<(string Name, Func<long> Attempt)> All(string state, string abstractSocket, int port, string socket, int acceptsAtPort) =>
        [.. Calls(), .. NamespaceCalls(), .. MachineCalls(), .. Sockets(abstractSocket, port, socket, acceptsAtPort), .. Processes(), .. Files(state)];

    private static IEnumerable<(string Name, Func<long> Attempt)> Calls()
    {
        yield return ("process_vm_readv", static () => Call(Of(310, 270), Parent, 0, 0, 0, 0));
        yield return ("process_vm_writev", static () => Call(Of(311, 271), Parent, 0, 0, 0, 0));
        yield return ("process_madvise", static () => Call(440, -1, 0, 0, 0));
        yield return ("kcmp", static () => Call(Of(312, 272), Environment.ProcessId, Parent, 0, 0));
        yield return ("pidfd_open", static () => Call(434, Parent));
        yield return ("pidfd_getfd", static () => Call(438, -1, 0));
        yield return ("mount", static () => Call(Of(165, 40), "none", 0, 0, 0));
        yield return ("umount2", static () => Call(Of(166, 39), Nowhere));
        yield return ("pivot_root", static () => Call(Of(155, 41), Nowhere));
        yield return ("chroot", static () => Call(Of(161, 51), Nowhere));
        yield return ("move_mount", static () => Call(429, -1, 0, -1, 0));
        yield return ("open_tree", static () => Call(428, -100, 0));
        yield return ("fsopen", static () => Call(430, "no-such-system"));
        yield return ("fsconfig", static () => Call(431, -1));
        yield return ("fsmount", static () => Call(432, -1));
        yield return ("fspick", static () => Call(433, -100, 0));
        yield return ("mount_setattr", static () => Call(442, -100, 0));
        yield return ("name_to_handle_at", static () => Call(Of(303, 264), -100, 0));
        yield return ("open_by_handle_at", static () => Call(Of(304, 265), -1, 0));
        yield return ("mknodat", static () => Call(Of(259, 33), -100, 0, 0x2000, 0x103));
        yield return ("bpf", static () => Call(Of(321, 280), 999, 0, 0));
        yield return ("perf_event_open", static () => Call(Of(298, 241), 0, 0, -1, -1));
        yield return ("userfaultfd", static () => Call(Of(323, 282), 1));
        yield return ("io_uring_setup", static () => Call(425, 1, 0));
        yield return ("io_uring_enter", static () => Call(426, -1));
        yield return ("io_uring_register", static () => Call(427, -1));
        yield return ("keyctl", static () => Call(Of(250, 219), 0, -3));
        yield return ("add_key", static () => Call(Of(248, 217)));
        yield return ("request_key", static () => Call(Of(249, 218)));
        yield return ("shmget", static () => Call(Of(29, 194), 0, 4096, 0x380));
        yield return ("mq_open", static () => Call(Of(240, 180), "no-such-queue"));
        yield return ("fanotify_init", static () => Call(Of(300, 262), -1, 0));
        yield return ("mbind", static () => Call(Of(237, 235), 0, 0, 99));
        yield return ("move_pages", static () => Call(Of(279, 239), Environment.ProcessId));
        yield return ("migrate_pages", static () => Call(Of(256, 238), Environment.ProcessId));
        yield return ("personality", static () => Call(Of(135, 92), 0x0040000));
        foreach (var one in RareCalls())
        {
            yield return one;
        }

        yield return ("a system call nobody knows yet", static () => Call(900) is -38 ? -38 : 0);
    }

    /// <summary>On a thread that ends: where it is done, what is tried next must not be tried from elsewhere.</summary>
    private static long Apart(Func<long> attempt)
    {
        long answer = 0;
        var thread = new Thread(() => answer = attempt());
        thread.Start();
        thread.Join();
        return answer;
    }

    /// <summary>Each with an argument that is wrong, so that where no wall stands it does nothing. vhangup has none, and would end the terminal of who looks: it is not tried.</summary>
    private static IEnumerable<(string Name, Func<long> Attempt)> RareCalls()
    {
        yield return ("process_mrelease", static () => Call(448, -1, 0));
        yield return ("open_tree_attr", static () => Call(467, -1, 0, 0, 0, 0));
        yield return ("statmount", static () => Call(457, 0, 0, 0, 0));
        yield return ("listmount", static () => Call(458, 0, 0, 0, 0));
        yield return ("mknod", static () => Call(Of(133, -1), Nowhere, 0x2000, 0x103));
        yield return ("quotactl", static () => Call(Of(179, 60), -1, 0, 0, 0));
        yield return ("quotactl_fd", static () => Call(443, -1, 0, 0, 0));
        yield return ("remap_file_pages", static () => Call(Of(216, 234), 1, 0, 0, 0, 0));
        yield return ("lookup_dcookie", static () => Call(Of(212, 18), 0, 0, 0));
        yield return ("nfsservctl", static () => Call(Of(180, 42), 99, 0, 0));
        yield return ("uselib", static () => Call(Of(134, -1), Nowhere));
        yield return ("_sysctl", static () => Call(Of(156, -1), 0));
        yield return ("sysfs", static () => Call(Of(139, -1), 99, 0, 0));
        yield return ("ustat", static () => Call(Of(136, -1), 0, 0));
        yield return ("vserver", static () => Call(Of(236, -1), 0));
        yield return ("memfd_secret", static () => Call(447, -1));
        yield return ("create_module", static () => Call(Of(174, -1), Nowhere, 0));
        yield return ("get_kernel_syms", static () => Call(Of(177, -1), 0));
        yield return ("query_module", static () => Call(Of(178, -1), Nowhere, 0));
        yield return ("clock_adjtime", static () => Call(Of(305, 266), 0, 0));
        yield return ("set_mempolicy_home_node", static () => Call(450, 0, 0, 0, 1));
        yield return ("shmat", static () => Call(Of(30, 196), -1, 0, 0));
        yield return ("shmctl", static () => Call(Of(31, 195), -1, 99, 0));
        yield return ("shmdt", static () => Call(Of(67, 197), 1));
        yield return ("semget", static () => Call(Of(64, 190), 0x5657_5801, 0, 0));
        yield return ("semop", static () => Call(Of(65, 193), -1, 0, 0));
        yield return ("semctl", static () => Call(Of(66, 191), -1, 0, 99));
        yield return ("semtimedop", static () => Call(Of(220, 192), -1, 0, 0, 0));
        yield return ("msgget", static () => Call(Of(68, 186), 0x5657_5801, 0));
        yield return ("msgsnd", static () => Call(Of(69, 189), -1, 0, 0, 0));
        yield return ("msgrcv", static () => Call(Of(70, 188), -1, 0, 0, 0, 0));
        yield return ("msgctl", static () => Call(Of(71, 187), -1, 99, 0));
        yield return ("mq_unlink", static () => Call(Of(241, 181), "no-such-queue"));
    }

    private static IEnumerable<(string Name, Func<long> Attempt)> NamespaceCalls()
    {
        const int newTime = 0x80, newMounts = 0x20000, newUser = 0x10000000, newNetwork = 0x40000000;
        yield return ("unshare, network", static () => Apart(static () => Call(Of(272, 97), newNetwork)));
        yield return ("unshare, user", static () => Call(Of(272, 97), newUser));
        yield return ("unshare, mounts", static () => Call(Of(272, 97), newMounts));
        yield return ("setns", static () => Call(Of(308, 268), -1, 0));
        // Impossible together, so that no child comes of it where it is allowed: a thread needs shared memory.
        yield return ("clone, new user namespace", static () => Call(Of(56, 220), newUser | 0x10000));
        yield return ("clone, new network namespace", static () => Call(Of(56, 220), newNetwork | 0x10000));
        yield return ("clone3", static () => Call(435, 0, newTime));
    }

    private static IEnumerable<(string Name, Func<long> Attempt)> MachineCalls()
    {
        yield return ("reboot", static () => Call(Of(169, 142), 1, 2, 3));
        yield return ("kexec_load", static () => Call(Of(246, 104), 0, 0, 0, -1));
        yield return ("kexec_file_load", static () => Call(Of(320, 294), -1, -1, 0, 0));
        yield return ("init_module", static () => Call(Of(175, 105)));
        yield return ("finit_module", static () => Call(Of(313, 273), -1));
        yield return ("delete_module", static () => Call(Of(176, 106), "no_such_module"));
        yield return ("swapon", static () => Call(Of(167, 224), Nowhere));
        yield return ("swapoff", static () => Call(Of(168, 225), Nowhere));
        yield return ("syslog", static () => Call(Of(103, 116), 10));
        yield return ("acct", static () => Call(Of(163, 89), Nowhere));
        yield return ("quotactl", static () => Call(Of(179, 60), -1));
        yield return ("settimeofday", static () => Call(Of(164, 170)));
        yield return ("clock_settime", static () => Call(Of(227, 112), 99));
        yield return ("adjtimex", static () => Call(Of(159, 171)));
        yield return ("sethostname", static () => Call(Of(170, 161), 0, -1));
        yield return ("setdomainname", static () => Call(Of(171, 162), 0, -1));
        if (System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64)
        {
            yield return ("iopl", static () => Call(172, 99));
            yield return ("ioperm", static () => Call(173, -1));
            yield return ("modify_ldt", static () => Call(154, 99));
        }
    }
}
