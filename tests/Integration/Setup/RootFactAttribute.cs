using Xunit;

namespace Voxeltron.Tests.Integration.Setup;

/// <summary>A test of what the scripts do for root; skipped by name for anybody else.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Skip = "needs root: only root has a home that only root can enter";
        }
    }
}
