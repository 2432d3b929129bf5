using System.Runtime.InteropServices;

namespace Voxeltron.Launcher;

/// <summary>The calls a worker never makes, by their numbers in the two tables there are: x86-64's own, and the generic one of arm64. -1: not in that table.</summary>
internal static class SyscallTable
{
    /// <summary>The newest call whose meaning was known when this was written (Linux 6.18); later ones do not exist for a worker.</summary>
    public const int Newest = 469;

    public static readonly Syscall Unshare = new("unshare", 272, 97) { IsOfNamespaces = true };
    public static readonly Syscall SetNs = new("setns", 308, 268) { IsOfNamespaces = true };

    /// <summary>Refused whatever the arguments.</summary>
    public static readonly IReadOnlyList<Syscall> Denied =
    [
        // Other processes: their memory, descriptors and execution.
        new("ptrace", 101, 117), new("process_vm_readv", 310, 270), new("process_vm_writev", 311, 271), new("process_madvise", 440, 440),
        new("process_mrelease", 448, 448), new("kcmp", 312, 272), new("pidfd_open", 434, 434), new("pidfd_getfd", 438, 438),
        // The file tree, and files by other ways than paths.
        new("mount", 165, 40), new("umount2", 166, 39), new("pivot_root", 155, 41), new("chroot", 161, 51), new("move_mount", 429, 429), new("open_tree", 428, 428),
        new("open_tree_attr", 467, 467), new("fsopen", 430, 430), new("fsconfig", 431, 431), new("fsmount", 432, 432), new("fspick", 433, 433),
        new("mount_setattr", 442, 442), new("statmount", 457, 457), new("listmount", 458, 458), new("name_to_handle_at", 303, 264), new("open_by_handle_at", 304, 265),
        new("mknod", 133, -1), new("mknodat", 259, 33), new("fanotify_init", 300, 262), new("quotactl", 179, 60), new("quotactl_fd", 443, 443),
        // Namespaces; clone has a rule of its own.
        Unshare, SetNs,
        // Doors to the kernel's insides that have been holes before.
        new("bpf", 321, 280), new("perf_event_open", 298, 241), new("userfaultfd", 323, 282), new("io_uring_setup", 425, 425), new("io_uring_enter", 426, 426),
        new("io_uring_register", 427, 427), new("add_key", 248, 217), new("request_key", 249, 218), new("keyctl", 250, 219), new("modify_ldt", 154, -1),
        new("remap_file_pages", 216, 234), new("lookup_dcookie", 212, 18), new("nfsservctl", 180, 42), new("uselib", 134, -1), new("_sysctl", 156, -1),
        new("sysfs", 139, -1), new("ustat", 136, -1), new("vserver", 236, -1), new("memfd_secret", 447, 447),
        // The machine: kernel, clock, name, swap.
        new("kexec_load", 246, 104), new("kexec_file_load", 320, 294), new("init_module", 175, 105), new("finit_module", 313, 273), new("delete_module", 176, 106),
        new("create_module", 174, -1), new("get_kernel_syms", 177, -1), new("query_module", 178, -1), new("reboot", 169, 142), new("swapon", 167, 224), new("swapoff", 168, 225),
        new("syslog", 103, 116), new("acct", 163, 89), new("iopl", 172, -1), new("ioperm", 173, -1), new("settimeofday", 164, 170), new("clock_settime", 227, 112),
        new("adjtimex", 159, 171), new("clock_adjtime", 305, 266), new("sethostname", 170, 161), new("setdomainname", 171, 162), new("vhangup", 153, 58),
        new("mbind", 237, 235), new("migrate_pages", 256, 238), new("move_pages", 279, 239), new("set_mempolicy_home_node", 450, 450),
        // Memory and queues shared by number: they have no path Landlock could watch.
        new("shmget", 29, 194), new("shmat", 30, 196), new("shmctl", 31, 195), new("shmdt", 67, 197), new("semget", 64, 190), new("semop", 65, 193), new("semctl", 66, 191),
        new("semtimedop", 220, 192), new("msgget", 68, 186), new("msgsnd", 69, 189), new("msgrcv", 70, 188), new("msgctl", 71, 187), new("mq_open", 240, 180), new("mq_unlink", 241, 181),
    ];

    public static readonly Syscall Socket = new("socket", 41, 198);
    public static readonly Syscall SocketPair = new("socketpair", 53, 199);
    public static readonly Syscall SendTo = new("sendto", 44, 206);
    public static readonly Syscall SendMsg = new("sendmsg", 46, 211);
    public static readonly Syscall SendManyMsg = new("sendmmsg", 307, 269);
    public static readonly Syscall Clone = new("clone", 56, 220);
    public static readonly Syscall Clone3 = new("clone3", 435, 435);
    public static readonly Syscall IoControl = new("ioctl", 16, 29);
    public static readonly Syscall Personality = new("personality", 135, 92);

    /// <summary>Null on a machine without a table here.</summary>
    public static Architecture? Here => RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64 ? RuntimeInformation.ProcessArchitecture : null;
}

internal readonly record struct Syscall(string Name, int X64, int Arm64)
{
    /// <summary>A broker's use of it is looked at; nobody else has one.</summary>
    public bool IsOfNamespaces { get; init; }

    public int On(Architecture machine) => machine == Architecture.X64 ? X64 : Arm64;
}
