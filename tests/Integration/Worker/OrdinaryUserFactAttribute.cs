using System.Diagnostics;
using Voxeltron.Tests.Integration.Fabric;

namespace Voxeltron.Tests.Integration.Worker;

/// <summary>A test of what an ordinary user gets; root plays one, where the checkout is open to one, and it is skipped by name where it is not.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OrdinaryUserFactAttribute : WalledFactAttribute
{
    public OrdinaryUserFactAttribute()
    {
        if (Environment.IsPrivilegedProcess && !CanReach())
        {
            Skip = "needs a checkout, a runtime and setpriv that an ordinary user can use";
        }
    }

    /// <summary>Before a command: empty for who is one.</summary>
    internal static string[] AsOrdinaryUser => Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=nobody", "--regid=65534", "--clear-groups"] : [];

    private static bool CanReach()
    {
        try
        {
            string[] command = [.. AsOrdinaryUser, "test", "-r", BuiltFiles.Program("Launcher", "Voxeltron.Launcher")];
            using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { WorkingDirectory = "/" })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
