namespace Voxeltron.Cli;

/// <summary>The source tree this program was built in, if it still runs from there.</summary>
public static class Repository
{
    /// <summary>Nearest directory above the program, then above the working directory, that holds the solution.</summary>
    public static string? Find() => Above(AppContext.BaseDirectory) ?? Above(Directory.GetCurrentDirectory());

    private static string? Above(string start)
    {
        for (var at = new DirectoryInfo(start); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Voxeltron.sln")))
            {
                return at.FullName;
            }
        }

        return null;
    }
}
