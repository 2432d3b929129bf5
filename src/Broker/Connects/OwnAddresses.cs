using System.Net;
using Voxeltron.Kernel;

namespace Voxeltron.Broker;

/// <summary>Addresses of the fabric itself. A grant reaches them only when it names the very address.</summary>
/// <param name="range">Of the namespaces: never reached, not even by name.</param>
/// <param name="given">Of fabric processes elsewhere.</param>
internal sealed class OwnAddresses(NetworkRange range, IReadOnlyList<NetworkRange> given) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Routes _routes = new();

    public bool IsInside(IPAddress address) => range.Contains(address);

    public bool IsOwn(IPAddress address)
    {
        foreach (var one in given)
        {
            if (one.Contains(address))
            {
                return true;
            }
        }

        lock (_gate)
        {
            // The kernel's own table, this moment: an address that came a second ago is in it.
            // Without an answer it counts as ours: what is not known is not reached.
            return _routes.TypeOf(address) is null or (>= Routes.Local and <= Routes.Multicast);
        }
    }

    public void Dispose() => _routes.Dispose();
}
