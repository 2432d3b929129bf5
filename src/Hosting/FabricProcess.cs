using System.Net.Sockets;
using Npgsql;
using Voxeltron.Kernel;

namespace Voxeltron.Hosting;

/// <summary>The outermost frame of a process: a fault an operator can mend ends in one line and exit code 1, not in a stack trace.</summary>
public static class FabricProcess
{
    public static async Task<int> RunAsync(Func<Task> body)
    {
        try
        {
            await body();
            return 0;
        }
        catch (VoxeltronException fault)
        {
            return Fail($"{fault.FaultCode}: {fault.Message}");
        }
        catch (Exception fault) when (fault is NpgsqlException or SocketException)
        {
            return Fail($"postgres_unavailable: {fault.Message.TrimEnd('.')}. Is Postgres running? scripts/status tells; scripts/up starts it.");
        }
        catch (IOException fault) when (fault.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            return Fail($"address_in_use: {fault.Message.TrimEnd('.')}. Stop what listens there, or choose another address in config.json.");
        }
    }

    private static int Fail(string message)
    {
        Console.Error.WriteLine("voxeltron: " + message);
        return 1;
    }
}
