using Voxeltron.Launcher;
using Xunit;

namespace Voxeltron.Tests.Integration.Worker;

/// <summary>A test of all walls; skipped by name on a kernel that has not all of them.</summary>
[AttributeUsage(AttributeTargets.Method)]
public class WalledFactAttribute : FactAttribute
{
    /// <summary>What this machine lacks; null: nothing.</summary>
    internal static string? Missing => (Landlock.Open(wallsPorts: true)?.Version ?? 0) < LeastLandlock || Seccomp.Prepare(Sockets.Unix) is null
        ? $"needs seccomp and Landlock {LeastLandlock} (Linux 6.12) with a table of system calls for this machine"
        : null;

    /// <summary>The first Landlock that knows abstract sockets and signals.</summary>
    private const int LeastLandlock = 6;

    public WalledFactAttribute()
    {
        Skip = Missing;
    }
}

/// <summary>The same, of what root may do.</summary>
public sealed class WalledRootFactAttribute : WalledFactAttribute
{
    public WalledRootFactAttribute()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Skip = "needs root: nobody else can start a worker as another user";
        }
    }
}

/// <summary>The same, over several cases.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class WalledRootTheoryAttribute : TheoryAttribute
{
    public WalledRootTheoryAttribute()
    {
        Skip = WalledFactAttribute.Missing ?? (Environment.IsPrivilegedProcess ? null : "needs root: this kernel may let nobody else put a filter on a socket");
    }
}
