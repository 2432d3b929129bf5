using Xunit;
using Root = Voxeltron.Tests.Unit.Ultra.RepositoryRoot;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>A fact over public test vectors that lie beside the repository; skipped by name where they do not.</summary>
public sealed class VectorFactAttribute : FactAttribute
{
    public VectorFactAttribute(string path)
    {
        if (Find(path) is null)
        {
            Skip = $"vectors not present: {path}";
        }
    }

    /// <returns>Null where it does not lie.</returns>
    public static string? Find(string path)
    {
        var file = Path.Combine(Root.Vectors, path);
        return File.Exists(file) ? file : null;
    }
}
