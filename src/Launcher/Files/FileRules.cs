using System.Buffers.Binary;

namespace Voxeltron.Launcher;

/// <summary>The files of a worker and its children, as Landlock rules. What is not listed does not exist for them.</summary>
internal static class FileRules
{
    /// <summary>Libraries and data of the system, to read: the runtime loads libssl, libicu and zone files from there, and asks how many processors and how much memory it may use. Nothing there can be executed.</summary>
    private static readonly string[] s_system = ["/usr/lib", "/usr/lib64", "/usr/share", "/usr/local/lib", "/usr/local/share", "/lib", "/lib64", "/nix/store", "/sys/devices/system", "/sys/fs/cgroup", "/sys/kernel/mm"];

    /// <summary>Of /etc what libraries ask for: where others lie, how names are looked up, whom to trust, what time it is, and which user this is.</summary>
    private static readonly string[] s_settings =
    [
        "/etc/ld.so.cache", "/etc/ld.so.preload", "/etc/ld-musl-x86_64.path", "/etc/ld-musl-aarch64.path", "/etc/nsswitch.conf", "/etc/hosts", "/etc/host.conf", "/etc/gai.conf",
        "/etc/resolv.conf", "/etc/localtime", "/etc/timezone", "/etc/passwd", "/etc/group", "/etc/ssl/certs", "/etc/ssl/cert.pem", "/etc/ssl/openssl.cnf",
        "/etc/pki/tls/certs", "/etc/pki/tls/cert.pem", "/etc/pki/tls/openssl.cnf", "/etc/pki/ca-trust", "/etc/ca-certificates", "/etc/crypto-policies", "/etc/os-release",
        "/etc/dotnet",
    ];

    /// <summary>What rules are named by.</summary>
    private static readonly string[] s_tables = ["/etc/protocols", "/etc/services", "/etc/iproute2"];

    public static void Grant(Landlock landlock, StatePlaces places, ProgramFiles program, FabricSettings settings, LaunchOptions options)
    {
        GrantProgram(landlock, program);
        // Of its children too, whose numbers nobody knows yet.
        landlock.Grant("/proc", Landlock.Read);
        foreach (var path in s_settings.Concat(places.Public).Concat(places.Secrets))
        {
            landlock.Grant(path, Landlock.Read);
        }

        foreach (var directory in places.Own)
        {
            landlock.Grant(directory, Landlock.Own);
        }

        landlock.Grant(places.ModelKeys, Landlock.Read);
        landlock.Grant(places.Address, Landlock.ReadFile | Landlock.WriteFile | Landlock.Truncate);
        if (settings.RootCertificate is { Length: > 0 } certificate)
        {
            landlock.Grant(certificate, Landlock.Read);
        }

        foreach (var path in options.Read)
        {
            landlock.Grant(path, Landlock.Read);
        }

        foreach (var path in options.Write)
        {
            landlock.Grant(path, Landlock.Own);
        }
    }

    /// <summary>
    /// A broker's: besides its program, all of /etc and where resolvers write (names are looked up by the machine's own, whose files are replaced by
    /// others of the same name), the links of the machine, and the switches of network namespaces.
    /// </summary>
    /// <param name="isRoot">It keeps root's name: then of /etc only what resolvers read, since root's own files lie there. A file that is replaced by another of the same name is not seen.</param>
    public static void GrantBroker(Landlock landlock, ProgramFiles program, LaunchOptions options, bool isRoot)
    {
        GrantProgram(landlock, program);
        foreach (var path in (string[])[.. isRoot ? s_settings : ["/etc"], .. isRoot ? s_tables : [], "/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager", "/run/connman", "/sys/class/net", "/sys/devices"])
        {
            landlock.Grant(path, Landlock.Read);
        }

        // Its own, whose number stays, and what the runtime asks of the machine: CAP_SYS_ADMIN opens other processes' memory maps and environment to
        // whoever the mode of the file lets in.
        foreach (var path in (string[])[$"/proc/{Libc.getpid()}", "/proc/sys", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/uptime", "/proc/filesystems", "/proc/cgroups", "/proc/version"])
        {
            landlock.Grant(path, Landlock.Read);
        }

        landlock.Grant("/proc/sys/net", Landlock.Read | Landlock.WriteFile | Landlock.Truncate);
        foreach (var path in options.Read)
        {
            landlock.Grant(path, Landlock.Read);
        }

        foreach (var path in options.Write)
        {
            landlock.Grant(path, Landlock.Own | Landlock.MakeSocket);
        }
    }

    /// <summary>The runtime, the program, and what of the system either needs.</summary>
    private static void GrantProgram(Landlock landlock, ProgramFiles program)
    {
        foreach (var path in s_system)
        {
            landlock.Grant(path, Landlock.Read);
        }

        foreach (var device in (string[])["/dev/zero", "/dev/urandom", "/dev/random"])
        {
            landlock.Grant(device, Landlock.ReadFile);
        }

        landlock.Grant("/dev/null", Landlock.ReadFile | Landlock.WriteFile);
        foreach (var directory in program.Directories)
        {
            landlock.Grant(directory, Landlock.Read | Landlock.Execute);
        }

        if (Interpreter(program.Executable) is { } loader)
        {
            landlock.Grant(loader, Landlock.ReadFile | Landlock.Execute);
        }

        // This program's own, for the few steps it takes behind its own walls.
        landlock.Grant(AppContext.BaseDirectory, Landlock.Read);
    }

    /// <summary>The loader that an executable names (PT_INTERP), which the kernel executes with it.</summary>
    internal static string? Interpreter(string executable)
    {
        Span<byte> head = stackalloc byte[64];
        using var file = File.OpenHandle(executable);
        if (RandomAccess.Read(file, head, 0) < head.Length || !head[..5].SequenceEqual("\u007FELF\u0002"u8))
        {
            return null;
        }

        var (table, size, count) = (BinaryPrimitives.ReadInt64LittleEndian(head[32..]), BinaryPrimitives.ReadUInt16LittleEndian(head[54..]), BinaryPrimitives.ReadUInt16LittleEndian(head[56..]));
        Span<byte> part = stackalloc byte[56];
        for (var i = 0; i < count && RandomAccess.Read(file, part, table + (i * size)) == part.Length; i++)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(part) == 3)
            {
                var name = new byte[Math.Min(4096, BinaryPrimitives.ReadInt64LittleEndian(part[32..]))];
                var length = RandomAccess.Read(file, name, BinaryPrimitives.ReadInt64LittleEndian(part[8..]));
                return System.Text.Encoding.UTF8.GetString(name, 0, length).TrimEnd('\0');
            }
        }

        return null;
    }
}
