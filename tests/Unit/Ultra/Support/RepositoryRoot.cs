namespace Voxeltron.Tests.Unit.Ultra;

public static class RepositoryRoot
{
    public static string Path { get; } = Find();

    /// <summary>Public test vectors lie beside the repository.</summary>
    public static string Vectors { get; } = System.IO.Path.GetFullPath(System.IO.Path.Combine(Path, "..", "shared", "vectors"));

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
