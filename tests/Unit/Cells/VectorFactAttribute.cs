using Xunit;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>A fact over public test vectors that lie beside the repository; skipped by name where they do not.</summary>
public sealed class VectorFactAttribute : FactAttribute
{
    public VectorFactAttribute(string path)
    {
        if (Find(path) is null)
        {
            Skip = $"shared/vectors/{path} is not beside the repository";
        }
    }

    public static string? Find(string path)
    {
        for (var directory = new DirectoryInfo(CellFixture.RepositoryRoot); directory is not null; directory = directory.Parent)
        {
            var file = Path.Combine(directory.FullName, "shared", "vectors", path);
            if (File.Exists(file))
            {
                return file;
            }
        }

        return null;
    }
}
