using Voxeltron.Kernel;

namespace Voxeltron.Launcher;

/// <summary>
/// The walls of the one process that has privileges: a user of its own, two capabilities, its files alone, and of system calls what a broker
/// makes. CAP_SYS_ADMIN is there to enter network namespaces; with Landlock and this filter it mounts nothing and enters no other.
/// </summary>
internal static class BrokerLaunch
{
    private const int NetAdmin = 12;
    private const int SysAdmin = 21;

    public static int Run(LaunchOptions options)
    {
        var program = ProgramFiles.Find(options);
        var filter = Seccomp.Prepare(Sockets.Broker) ?? (options.IsSeccompOptional
            ? null
            : throw new VoxeltronException("not_confined", "This machine has no seccomp, or is neither x86-64 nor arm64: without it a broker's system calls are not walled. --seccomp-optional starts it all the same."));
        var landlock = Landlock.Open(wallsPorts: false);
        if (landlock is null)
        {
            Say.Line("warning: this kernel has no Landlock: which files the broker reaches is decided by its user alone");
        }

        var account = Privileges.IsRoot ? AccountOf(options, program, landlock is not null) : (Account?)null;
        if (landlock is not null)
        {
            FileRules.GrantBroker(landlock, program, options, isRoot: account is { User: 0 });
        }

        var variables = Image.Variables();
        if (options.Write.Count > 0)
        {
            variables["TMPDIR"] = options.Write[0];
        }

        var image = new Image(program, options.Command, variables);
        if (account is { } chosen)
        {
            Privileges.Become(chosen, NetAdmin, SysAdmin);
        }

        Privileges.Clear(NetAdmin, SysAdmin);
        landlock?.Raise();
        if (filter is not null)
        {
            Seccomp.Raise(filter);
        }

        return image.Execute();
    }

    /// <summary>The user asked for, if that one can do the work; else, where that is allowed, root with nothing of root's but the two.</summary>
    private static Account AccountOf(LaunchOptions options, ProgramFiles program, bool hasLandlock)
    {
        var reason = options.User is null ? "no user is named (--user)" : "there is no such user on this machine";
        if (options.User is { } user && Account.Find(user) is { } account)
        {
            HandOver.Directories(account, options.Write);
            var missing = Privileges.As(account, () => Reach.Missing(program, options.Read, options.Write));
            if (missing is null)
            {
                return account;
            }

            reason = missing;
        }

        if (!options.IsUserOptional)
        {
            throw new VoxeltronException("user_cannot", $"The broker cannot run as user {options.User ?? "…"}: {reason}. Give that user a way there, choose another state directory or checkout, or add --user-optional.");
        }

        if (!hasLandlock)
        {
            throw new VoxeltronException("user_cannot", $"The broker cannot run as user {options.User}: {reason}; and without Landlock root's files would lie open to it.");
        }

        var powerless = new Account(0, 0);
        HandOver.Directories(powerless, options.Write);
        Say.Line($"the broker keeps user 0, with two capabilities, behind Landlock and seccomp: as user {options.User} {reason}");
        return powerless;
    }
}
