using Voxeltron.Tests.Unit.Ultra;
using Xunit;

namespace Voxeltron.Tests.Integration.Api;

/// <summary>Public test vectors that lie beside the checkout.</summary>
internal static class Vectors
{
    public static string Folder(string folder) => Path.Combine(RepositoryRoot.Vectors, folder);

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
