using System.Globalization;
using Voxeltron.Kernel;

namespace Voxeltron.Launcher;

/// <summary>
/// Confines, then becomes the program it starts: the process id stays. The order is the point (Native/README.md): what needs privileges first, then
/// the user, the capabilities, and the walls from the widest to the narrowest.
/// </summary>
internal static class Launch
{
    private const string InstanceVariable = "VOXELTRON_INSTANCE";

    /// <summary>Tells the worker what it cannot see itself.</summary>
    private const string WallsVariable = "VOXELTRON_WALLS";

    public static int Run(LaunchOptions options)
    {
        var program = ProgramFiles.Find(options);
        var settings = FabricSettings.Read(options.State);
        if (options.PostgresTcp is var (host, port))
        {
            settings = settings with { PostgresHost = host, PostgresPort = port };
        }

        var places = new StatePlaces(options.State, Environment.GetEnvironmentVariable(InstanceVariable) is { Length: > 0 } name ? name : "worker");
        var filter = Seccomp.Prepare(settings.IsTcp ? Sockets.Tcp : Sockets.Unix) ?? (options.IsSeccompOptional
            ? null
            : throw new VoxeltronException("not_confined", "This machine has no seccomp, or is neither x86-64 nor arm64: without it a worker's sockets and system calls are not walled. --seccomp-optional starts it all the same."));
        var landlock = Landlock.Open(wallsPorts: true);
        if (filter is null)
        {
            Say.Line("warning: no seccomp here: the worker's sockets and system calls are not walled");
        }

        if (landlock is null)
        {
            Say.Line("warning: this kernel has no Landlock: which files the worker reaches is decided by its user alone");
        }

        var listener = MetricsListener.Open(options.Listen ?? settings.WorkerUrl, out var isListenerWall);
        if (!isListenerWall && options.Netns is not null)
        {
            throw new VoxeltronException("not_confined", "The metrics listener could not be closed as a way out of the network namespace: the kernel takes no filter for it.");
        }

        if (!isListenerWall && landlock is not { KnowsPorts: true })
        {
            Say.Line("warning: this kernel's Landlock knows no ports (before Linux 6.7), and takes no filter for the metrics listener from this user: who takes over the worker could connect it elsewhere");
        }

        if (settings.IsTcp)
        {
            RequireName(settings, options);
            Say.Line(options.Netns is { } place
                ? $"Postgres is reached over TCP, from network namespace {place}"
                : $"warning: Postgres is reached over TCP and there is no namespace for it (--netns): sockets may connect {(landlock is { KnowsPorts: true } ? $"to port {settings.PostgresPort} of any machine" : "anywhere, since this kernel's Landlock knows no ports")}");
        }

        var account = Privileges.IsRoot ? AccountOf(options, places, program, settings, landlock is not null) : null;
        if (account is null)
        {
            HandOver.Make(places);
        }

        Namespaces.Enter(options, Kept(options, places, program, settings));
        if (landlock is not null)
        {
            FileRules.Grant(landlock, places, program, settings, options);
            if (settings.IsTcp)
            {
                landlock.GrantConnect(settings.PostgresPort);
            }
        }

        var network = !settings.IsTcp ? "none" : options.Netns is not null ? "namespace" : landlock is { KnowsPorts: true } ? "port" : "open";
        var walls = $"seccomp={(filter is null ? "no" : settings.IsTcp ? "tcp" : "yes")} landlock={landlock?.Version ?? 0} network={network}";
        var image = new Image(program, options.Command, EnvironmentOf(places, walls));
        if (account is { } chosen)
        {
            Privileges.Become(chosen);
        }

        Privileges.Clear();
        landlock?.Raise();
        if (filter is not null)
        {
            Seccomp.Raise(filter);
        }

        _ = Libc.dup2((int)listener.Handle, MetricsListener.Descriptor);
        var code = image.Execute();
        GC.KeepAlive(listener);
        return code;
    }

    /// <summary>The user asked for, if that one can do the work; else, where that is allowed, root without anything of root's.</summary>
    private static Account? AccountOf(LaunchOptions options, StatePlaces places, ProgramFiles program, FabricSettings settings, bool hasLandlock)
    {
        var found = options.User is { } user ? Account.Find(user) : null;
        var reason = options.User is null ? "no user is named (--user)" : "there is no such user on this machine";
        if (found is { } account)
        {
            HandOver.To(account, places);
            var missing = Privileges.As(account, () => Reach.Missing(places, program, settings));
            if (missing is null)
            {
                return account;
            }

            reason = missing;
        }

        if (!options.IsUserOptional)
        {
            throw new VoxeltronException("user_cannot", $"The worker cannot run as user {options.User ?? "…"}: {reason}. Give that user a way there, choose another state directory or checkout, or add --user-optional.");
        }

        if (!hasLandlock)
        {
            throw new VoxeltronException("user_cannot", $"The worker cannot run as user {options.User}: {reason}; and without Landlock root's files would lie open to it.");
        }

        // Its group stays: the way to the private server's socket may be that group's.
        var powerless = new Account(0, found?.Group ?? 0);
        HandOver.To(powerless, places);
        if (Privileges.As(powerless, () => Reach.Missing(places, program, settings)) is { } unreachable)
        {
            throw new VoxeltronException("user_cannot", $"The worker cannot run as user {options.User} ({reason}), nor as root without capabilities: {unreachable}.");
        }

        Say.Line($"the worker keeps user 0, without any capability, behind Landlock and seccomp: as user {options.User} {reason}");
        return powerless;
    }

    /// <summary>What a worker was given, wherever it lies: with it the directories of the two sockets it connects to, since who listens makes a socket anew at each start.</summary>
    private static IEnumerable<string> Kept(LaunchOptions options, StatePlaces places, ProgramFiles program, FabricSettings settings) =>
    [
        places.Root, AppContext.BaseDirectory, .. program.Directories, .. options.Read, .. options.Write,
        .. settings is { IsTcp: false, PostgresHost: { Length: > 0 } sockets } ? [sockets] : (string[])[],
        .. settings.BrokerSocket is { Length: > 0 } broker ? [Path.GetDirectoryName(broker)!] : (string[])[],
        .. settings.RootCertificate is { Length: > 0 } certificate ? [certificate] : (string[])[],
    ];

    private static void RequireName(FabricSettings settings, LaunchOptions options)
    {
        if (!Namespaces.IsNameKnown(settings.PostgresHost!, options.Hosts ?? "/etc/hosts"))
        {
            throw new VoxeltronException(
                "name_unknown", $"postgres.host is {settings.PostgresHost}, and behind the walls no name can be looked up over the network: put it into /etc/hosts, or start with --hosts FILE.");
        }
    }

    private static Dictionary<string, string?> EnvironmentOf(StatePlaces places, string walls)
    {
        var variables = Image.Variables();
        variables["LISTEN_FDS"] = "1";
        variables["LISTEN_PID"] = Libc.getpid().ToString(CultureInfo.InvariantCulture);
        variables["TMPDIR"] = places.Temporary;
        variables[WallsVariable] = walls;
        return variables;
    }
}
