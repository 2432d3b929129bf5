using System.Globalization;

namespace Voxeltron.CellWorker;

/// <summary>What this process is kept from by the kernel, as the kernel says itself; Landlock alone is told by the launcher that raised it, since no file shows it.</summary>
/// <param name="User">Effective user id.</param>
/// <param name="Seccomp">A filter answers system calls.</param>
/// <param name="Capabilities">Of the bounding set, the effective and the permitted one: 0 where nothing can come back.</param>
/// <param name="Landlock">The version raised; 0: none.</param>
/// <param name="AllowsTcp">TCP sockets may be made: Postgres is reached that way.</param>
/// <param name="Network">Where those lead: <c>none</c>, <c>namespace</c> (to that server), <c>port</c> (that one, of any machine), <c>open</c>.</param>
internal sealed record Walls(int User, bool NoNewPrivileges, bool Seccomp, ulong Capabilities, int Landlock, bool AllowsTcp, string Network)
{
    /// <summary>Set by the launcher: <c>seccomp=yes|tcp|no landlock=VERSION network=none|namespace|port|open</c>.</summary>
    public const string Variable = "VOXELTRON_WALLS";

    /// <summary>All of them: nobody who takes this process over gets further than its own files and its database.</summary>
    public bool AreWhole => User != 0 && NoNewPrivileges && Seccomp && Capabilities == 0 && Landlock > 0 && (!AllowsTcp || Network == "namespace");

    public static Walls Here() => Parse(File.Exists("/proc/self/status") ? File.ReadAllLines("/proc/self/status") : [], Environment.GetEnvironmentVariable(Variable) ?? "");

    internal static Walls Parse(IEnumerable<string> status, string told)
    {
        var lines = status.Select(static line => line.Split(':', 2)).Where(static line => line.Length == 2).ToDictionary(static line => line[0], static line => line[1].Trim(), StringComparer.Ordinal);
        var words = told.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static word => word.Split('=', 2)).Where(static word => word.Length == 2).ToDictionary(static word => word[0], static word => word[1], StringComparer.Ordinal);
        var users = lines.GetValueOrDefault("Uid", "").Split('\t');
        return new Walls(
            users.Length > 1 && int.TryParse(users[1], CultureInfo.InvariantCulture, out var user) ? user : 0,
            lines.GetValueOrDefault("NoNewPrivs") == "1",
            lines.GetValueOrDefault("Seccomp") == "2",
            Set("CapEff") | Set("CapPrm") | Set("CapInh") | Set("CapAmb"),
            words.TryGetValue("landlock", out var version) && int.TryParse(version, CultureInfo.InvariantCulture, out var landlock) ? landlock : 0,
            words.GetValueOrDefault("seccomp") == "tcp",
            words.GetValueOrDefault("network") ?? "open");

        ulong Set(string name) => ulong.TryParse(lines.GetValueOrDefault(name), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var set) ? set : 0;
    }

    public override string ToString() =>
        $"user {User}, {(Capabilities == 0 ? "no capabilities" : $"capabilities {Capabilities:x}")}, {(NoNewPrivileges ? "" : "may gain ")}{(NoNewPrivileges ? "no new privileges" : "privileges")}, "
        + $"{(Seccomp ? AllowsTcp ? $"seccomp with TCP to {Reached}" : "seccomp" : "no seccomp")}, {(Landlock > 0 ? $"Landlock {Landlock}" : "no Landlock")}";

    private string Reached => Network switch
    {
        "namespace" => "the database alone",
        "port" => "the database's port of any machine",
        _ => "anywhere",
    };
}
