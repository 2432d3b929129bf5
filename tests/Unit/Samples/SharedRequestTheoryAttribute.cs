using Voxeltron.Tests.Unit.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Samples;

/// <summary>A test over real-shaped requests that lie beside the repository; skipped by name where they are not present.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedRequestTheoryAttribute : TheoryAttribute
{
    public SharedRequestTheoryAttribute()
    {
        if (!Directory.Exists(Folder))
        {
            Skip = $"requests not present: {Folder}";
        }
    }

    public static string Folder { get; } = Path.Combine(RepositoryRoot.Shared, "data", "prior-auth");
}
