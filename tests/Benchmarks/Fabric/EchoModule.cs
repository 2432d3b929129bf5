using System.Security.Cryptography;
using System.Text;
using Voxeltron.Kernel;

namespace Voxeltron.Benchmarks;

/// <summary>The smallest real guest: copies its input to its result. What remains is the fabric's own cost.</summary>
internal static class EchoModule
{
    private const string RelativePath = "samples/echo/echo.wasm";

    public static Task<ModuleDigest> RegisterAsync(BenchFabric fabric, CancellationToken cancel) => RegisterAsync(fabric, "echo", RelativePath, cancel);

    /// <param name="relativePath">Of the module, from the root of the sources.</param>
    /// <param name="more">Bytes behind it: a custom section makes another digest of the same code.</param>
    public static async Task<ModuleDigest> RegisterAsync(BenchFabric fabric, string name, string relativePath, CancellationToken cancel, byte[]? more = null)
    {
        byte[] wasm = [.. await File.ReadAllBytesAsync(Find(relativePath), cancel), .. more ?? []];
        var answer = await fabric.Http.PostAsync("/v1/modules?name=" + name, wasm, "application/wasm", cancel);
        return answer["status"]!.GetValue<string>() == "registered"
            ? new ModuleDigest(Convert.ToHexStringLower(SHA256.HashData(wasm)))
            : throw new VoxeltronException("bench_module_refused", $"The fabric did not register {relativePath}: {answer.ToJsonString()}");
    }

    /// <summary>A mission that runs the module once per item of input <c>items</c>.</summary>
    /// <param name="warm">Instances it keeps ready.</param>
    /// <param name="egress">A signed egress profile of its cells, as JSON.</param>
    public static byte[] Spec(ModuleDigest module, string name, int warm = 0, string? egress = null) => Encoding.UTF8.GetBytes(
        $$$"""{"spec":"v1","name":"{{{name}}}","profiles":{"default":{"warm":{{{warm}}}{{{(egress is null ? "" : ",\"egress\":" + egress)}}}}},"inputs":{"items":{"max_items":{{{Limits.ItemsPerInput}}}}},"tasks":[{"id":"echo","map":"items","module":"{{{module}}}"}]}""");

    private static string Find(string relativePath)
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            var path = Path.Combine(directory.FullName, relativePath);
            if (File.Exists(path))
            {
                return path;
            }
        }

        throw new VoxeltronException("bench_module_missing", $"{relativePath} is not beside the sources this program was built from.");
    }
}
