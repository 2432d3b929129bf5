using Voxeltron.Launcher;
using Xunit;

namespace Voxeltron.Tests.Integration.Worker;

/// <summary>A test of all walls; skipped by name on a kernel that has not all of them.</summary>
[AttributeUsage(AttributeTargets.Method)]
public class WalledFactAttribute : FactAttribute
{
    /// <summary>The first Landlock that knows abstract sockets and signals.</summary>
    private const int LeastLandlock = 6;

    public WalledFactAttribute()
    {
        if ((Landlock.Open(wallsPorts: true)?.Version ?? 0) < LeastLandlock || Seccomp.Prepare(Sockets.Unix) is null)
        {
            Skip = $"needs seccomp and Landlock {LeastLandlock} (Linux 6.12) with a table of system calls for this machine";
        }
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
