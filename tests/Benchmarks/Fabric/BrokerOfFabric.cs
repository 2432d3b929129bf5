using System.Text;
using Voxeltron.Hosting;
using Voxeltron.Ultra;

namespace Voxeltron.Benchmarks;

/// <summary>The broker beside the fabric under measurement, and profiles signed for it.</summary>
internal static class BrokerOfFabric
{
    /// <summary>As scripts/lib/broker.sh names it.</summary>
    public static string? Socket => Environment.GetEnvironmentVariable("VOXELTRON_WORKER__BROKER_SOCKET") is { Length: > 0 } path ? path : null;

    /// <returns>Why no namespace can be had; null when they can.</returns>
    public static string? Missing(BenchFabric fabric) => Socket is not null
        ? null
        : Environment.GetEnvironmentVariable("VOXELTRON_WORKER__NO_BROKER_REASON") is { Length: > 0 } reason ? reason : $"no broker runs beside {fabric.State.Paths.Root}";

    /// <param name="serial">Another one is another profile, with namespaces of its own.</param>
    /// <returns>The envelope as specs have it.</returns>
    public static string Sign(BenchFabric fabric, string address, int port, int serial)
    {
        var signer = fabric.State.Signer(FabricKey.Operator);
        try
        {
            var credential = EgressCredential.Sign(
                Encoding.UTF8.GetBytes($$"""{"egress":"v1","name":"bench-{{serial}}","tenant":"{{fabric.Tenant}}","serial":{{serial}},"not_after":"2099-01-01T00:00:00Z","grants":[{"addresses":["{{address}}"],"ports":[{{port}}],"plain":true}]}"""), signer);
            return Encoding.UTF8.GetString(credential.ToJson());
        }
        finally
        {
            (signer as IDisposable)?.Dispose();
        }
    }
}
