using Voxeltron.Tests.Unit.Ultra;
using Xunit;

namespace Voxeltron.Tests.Integration.Api;

/// <summary>Public test vectors that lie beside the checkout, in ../shared/vectors (VOXELTRON_SHARED names another place for ../shared).</summary>
internal static class Vectors
{
    private static readonly string s_root = Path.GetFullPath(Path.Combine(
        Environment.GetEnvironmentVariable("VOXELTRON_SHARED") ?? Path.Combine(RepositoryRoot.Path, "..", "shared"), "vectors"));

    public static string Folder(string folder) => Path.Combine(s_root, folder);

    public static IReadOnlyList<string> Files(string folder, string pattern) => Directory.Exists(Folder(folder))
        ? [.. Directory.GetFiles(Folder(folder), pattern).Order(StringComparer.Ordinal)]
        : [];
}

/// <summary>A test over public vectors; skipped by name where they are not present.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class VectorTheoryAttribute : TheoryAttribute
{
    public VectorTheoryAttribute(string folder, string pattern)
    {
        (Folder, Pattern) = (folder, pattern);
        if (Vectors.Files(folder, pattern).Count == 0)
        {
            Skip = $"vectors not present: {Path.Combine(Vectors.Folder(folder), pattern)}";
        }
    }

    public string Folder { get; }

    public string Pattern { get; }
}
