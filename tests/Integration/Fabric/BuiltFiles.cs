using Voxeltron.Tests.Unit.Ultra;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>Programs and guests of the checkout the tests were built from.</summary>
internal static class BuiltFiles
{
    /// <summary>The processes of the same configuration as these tests, each from its own output directory as in production.</summary>
    public static string Program(string project, string assembly)
    {
        var dll = Path.Combine(RepositoryRoot.Path, "src", project, "bin", Configuration, Framework, assembly + ".dll");
        return File.Exists(dll) ? dll : throw new InvalidOperationException($"{dll} is missing: build the solution.");
    }

    public static byte[] Guest(string name) => File.ReadAllBytes(Path.Combine(RepositoryRoot.Path, "tests", "Guests", "bin", name + ".wasm"));

    /// <summary>What guest <c>conform</c> logs on a host that answers as docs/abi.md says.</summary>
    public static string[] ConformanceAnswers() => File.ReadAllLines(Path.Combine(RepositoryRoot.Path, "tests", "Guests", "conform.txt"));

    public static byte[] Sample(string path) => File.ReadAllBytes(Path.Combine(RepositoryRoot.Path, "samples", path));

    /// <summary>A file beside these tests. The request was written by <c>voxeltron generate</c>.</summary>
    public static byte[] Data(string name) => File.ReadAllBytes(Path.Combine(RepositoryRoot.Path, "tests", "Integration", "Fabric", "Data", name));

    private static string Framework => new DirectoryInfo(AppContext.BaseDirectory).Name;

    private static string Configuration => new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
}
