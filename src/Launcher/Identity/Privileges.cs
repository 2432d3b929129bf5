using System.Globalization;
using Voxeltron.Kernel;

namespace Voxeltron.Launcher;

/// <summary>User, groups and capabilities of this thread, on their way down.</summary>
internal static unsafe class Privileges
{
    private const uint CapVersion = 0x20080522; // _LINUX_CAPABILITY_VERSION_3
    private const uint Keep = uint.MaxValue;

    // SECBIT_NOROOT and NO_SETUID_FIXUP, each with its lock, and KEEP_CAPS locked off: user 0 is a user like others.
    private const nuint RootIsNobody = 0x01 | 0x02 | 0x04 | 0x08 | 0x20;

    public static bool IsRoot => Libc.geteuid() == 0;

    /// <summary>Runs it with the rights that account would have, and comes back, but for root's further groups, which nobody needs any more. For questions only.</summary>
    public static T As<T>(Account account, Func<T> ask)
    {
        var capabilities = stackalloc Libc.CapData[2];
        var header = new Libc.CapHeader { Version = CapVersion };
        Must(Libc.capget(&header, capabilities), "capget");
        Must(Libc.setgroups(0, null), "setgroups");
        Must(Libc.setresgid(Keep, account.Group, Keep), "setresgid");
        if (account.User == 0)
        {
            var none = stackalloc Libc.CapData[2];
            (none[0], none[1]) = (capabilities[0] with { Effective = 0 }, capabilities[1] with { Effective = 0 });
            Must(Libc.capset(&header, none), "capset");
        }
        else
        {
            Must(Libc.setresuid(Keep, account.User, Keep), "setresuid");
        }

        try
        {
            return ask();
        }
        finally
        {
            if (account.User != 0)
            {
                Must(Libc.setresuid(Keep, 0, Keep), "setresuid");
            }

            Must(Libc.capset(&header, capabilities), "capset");
            Must(Libc.setresgid(Keep, 0, Keep), "setresgid");
        }
    }

    /// <summary>As root, for good. What is left of root with user 0 is its name.</summary>
    /// <param name="kept">Capabilities that stay in the bounding set, for <see cref="Clear"/>.</param>
    public static void Become(Account account, params ReadOnlySpan<int> kept)
    {
        // While there is the capability to do it; a container may have none, and no-new-privileges covers it.
        var last = int.TryParse(File.ReadAllText("/proc/sys/kernel/cap_last_cap"), CultureInfo.InvariantCulture, out var number) ? number : 63;
        for (var capability = 0; capability <= last; capability++)
        {
            if (!kept.Contains(capability))
            {
                _ = Libc.prctl(Libc.DropBounding, (nuint)capability, 0, 0, 0);
            }
        }

        _ = Libc.prctl(Libc.SetSecurebits, RootIsNobody, 0, 0, 0);
        Must(Libc.setgroups(0, null), "setgroups");
        Must(Libc.setresgid(account.Group, account.Group, account.Group), "setresgid");
        Must(Libc.setresuid(account.User, account.User, account.User), "setresuid");
    }

    /// <summary>Every capability there is to this thread, whoever it is, but those; and nothing it executes gives it any other.</summary>
    /// <param name="kept">Numbers below 32. They are ambient afterwards: an exec as any user keeps them.</param>
    public static void Clear(params ReadOnlySpan<int> kept)
    {
        _ = Libc.prctl(Libc.Ambient, Libc.AmbientClearAll, 0, 0, 0);
        var header = new Libc.CapHeader { Version = CapVersion };
        uint bits = 0;
        foreach (var capability in kept)
        {
            bits |= 1u << capability;
        }

        var left = stackalloc Libc.CapData[2];
        (left[0], left[1]) = (new Libc.CapData { Effective = bits, Permitted = bits, Inheritable = bits }, default);
        Must(Libc.capset(&header, left), "capset");
        foreach (var capability in kept)
        {
            Must(Libc.prctl(Libc.Ambient, Libc.AmbientRaise, (nuint)capability, 0, 0), "an ambient capability");
        }

        Must(Libc.prctl(Libc.SetNoNewPrivileges, 1, 0, 0, 0), "no-new-privileges");
    }

    private static void Must(int rc, string what)
    {
        if (rc != 0)
        {
            throw new VoxeltronException("not_confined", $"{what} was refused: {Libc.Reason}.");
        }
    }
}
