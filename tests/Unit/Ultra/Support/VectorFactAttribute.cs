using Xunit;

namespace Voxeltron.Tests.Unit.Ultra;

/// <summary>A test over public vectors; skipped by name where they are not present.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class VectorFactAttribute : FactAttribute
{
    /// <param name="path">A file or folder under the vectors folder.</param>
    public VectorFactAttribute(string path)
    {
        VectorPath = path;
        var full = Path.Combine(RepositoryRoot.Vectors, path);
        if (!File.Exists(full) && !Directory.Exists(full))
        {
            Skip = $"vectors not present: {path}";
        }
    }

    public string VectorPath { get; }
}
