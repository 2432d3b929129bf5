using Xunit;

namespace Voxeltron.Tests.Unit.Ultra;

/// <summary>
/// Committed bytes of a format. A difference means that logs written before no longer verify: never rewrite a golden file
/// without a new format version. <c>VOXELTRON_WRITE_GOLDEN=1</c> creates files that are missing, and only those.
/// </summary>
public static class GoldenFile
{
    public static void Check(string name, string actual)
    {
        var path = Path.Combine(RepositoryRoot.Path, "tests", "Unit", "Ultra", "Golden", name);
        if (!File.Exists(path) && Environment.GetEnvironmentVariable("VOXELTRON_WRITE_GOLDEN") == "1")
        {
            File.WriteAllText(path, actual);
        }

        Assert.Equal(File.ReadAllText(path), actual);
    }
}
