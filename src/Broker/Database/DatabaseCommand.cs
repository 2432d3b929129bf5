using Voxeltron.Broker.Interop;
using Voxeltron.Kernel;

namespace Voxeltron.Broker;

/// <summary><c>Voxeltron.Broker database</c>: one run, and its exit code.</summary>
internal static class DatabaseCommand
{
    private const int Cannot = 3;

    /// <exception cref="VoxeltronException"><c>broker_options</c></exception>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        var options = DatabaseOptions.Parse(arguments);
        try
        {
            if (options.Host is not null && MachineCheck.Find() is { } missing)
            {
                Console.Error.WriteLine($"{MachineCheck.Code}: {missing}");
                return Cannot;
            }

            using var space = new DatabaseSpace(new DatabasePlan(options));
            if (options.Host is null)
            {
                space.Remove();
                return 0;
            }

            if (space.Establish(DatabaseServer.Find(options.Host, options.Port, options.Hosts)) is { } remark)
            {
                Console.Error.WriteLine($"warning: {remark}");
            }

            return 0;
        }
        catch (VoxeltronException cannot)
        {
            Console.Error.WriteLine($"{cannot.FaultCode}: {cannot.Message}");
            return Cannot;
        }
        catch (Exception failed) when (failed is KernelException or NftablesException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"database_space_failed: {failed.Message.ReplaceLineEndings(" ")}");
            return Cannot;
        }
    }
}
