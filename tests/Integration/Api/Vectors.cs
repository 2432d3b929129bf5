namespace Voxeltron.Tests.Integration.Api;

/// <summary>Public test vectors that lie beside the checkout, in ../shared/vectors; absent ones are a named case that checks nothing.</summary>
internal static class Vectors
{
    public const string Absent = "vectors absent";

    public static IReadOnlyList<string> Files(string folder, string pattern)
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            foreach (var shared in new[] { "shared", "../shared" })
            {
                var path = Path.GetFullPath(Path.Combine(directory.FullName, shared, "vectors", folder));
                if (Directory.Exists(path))
                {
                    return [.. Directory.GetFiles(path, pattern).Order(StringComparer.Ordinal)];
                }
            }
        }

        return [];
    }
}
