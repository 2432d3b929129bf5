namespace Voxeltron.Tests.Unit.Ultra;

public static class RepositoryRoot
{
    public static string Path { get; } = Find();

    /// <summary>Test data that is not ours lies beside the repository, in ../shared; VOXELTRON_SHARED names another place.</summary>
    public static string Shared { get; } = System.IO.Path.GetFullPath(
        Environment.GetEnvironmentVariable("VOXELTRON_SHARED") ?? System.IO.Path.Combine(Path, "..", "shared"));

    public static string Vectors { get; } = System.IO.Path.Combine(Shared, "vectors");

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Voxeltron.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No Voxeltron.sln above {AppContext.BaseDirectory}.");
    }
}
