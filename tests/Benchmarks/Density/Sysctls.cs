using System.Text.Json.Nodes;

namespace Voxeltron.Benchmarks;

/// <summary>The kernel's limits that decide how many cells a machine holds, as they are in force.</summary>
internal static class Sysctls
{
    private static readonly string[] s_names = ["vm.max_map_count", "vm.overcommit_memory", "kernel.pid_max"];

    public static JsonObject Read() => new(s_names.Select(static name =>
        KeyValuePair.Create<string, JsonNode?>(name, File.ReadAllText("/proc/sys/" + name.Replace('.', '/')).Trim())));
}
