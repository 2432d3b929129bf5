using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>A test that watches system calls; skipped by name where strace is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class StraceFactAttribute : FactAttribute
{
    public StraceFactAttribute()
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(static folder => File.Exists(Path.Combine(folder, "strace"))))
        {
            Skip = "needs strace: without it only the missing network shows that none is used";
        }
    }
}
