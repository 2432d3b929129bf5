using System.Net;
using Voxeltron.Kernel;

namespace Voxeltron.Broker;

/// <summary>Addresses of the fabric itself. A grant reaches them only when it names the very address.</summary>
/// <param name="range">Of the namespaces: never reached, not even by name.</param>
/// <param name="given">Of fabric processes elsewhere.</param>
/// <param name="named">The same by name.</param>
internal sealed class OwnAddresses(NetworkRange range, IReadOnlyList<NetworkRange> given, IReadOnlyList<string> named, Names names) : IDisposable
{
    private static readonly TimeSpan s_lookTime = TimeSpan.FromSeconds(10);

    // Replaced whole. Where the names led when last asked.
    private IReadOnlySet<IPAddress> _found = new HashSet<IPAddress>();

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

        if (Volatile.Read(ref _found).Contains(address))
        {
            return true;
        }

        lock (_gate)
        {
            // The kernel's own table, this moment: an address that came a second ago is in it.
            // Without an answer it counts as ours: what is not known is not reached.
            return _routes.TypeOf(address) is null or (>= Routes.Local and <= Routes.Multicast);
        }
    }

    /// <summary>Asks where the names lead now. A name that leads nowhere leads where it led.</summary>
    /// <exception cref="VoxeltronException"><c>name_unresolved</c>: of a name that never led anywhere nothing could be kept closed.</exception>
    public async Task LookAsync(CancellationToken cancel)
    {
        var found = new HashSet<IPAddress>();
        try
        {
            using var time = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            time.CancelAfter(s_lookTime);
            foreach (var name in named)
            {
                found.UnionWith((await names.ResolveAsync(name, time.Token)).Select(static address => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address));
            }

            Volatile.Write(ref _found, found);
        }
        catch (Exception failed) when (failed is VoxeltronException or OperationCanceledException && !cancel.IsCancellationRequested)
        {
            if (_found.Count == 0)
            {
                throw new VoxeltronException(BrokerCodes.NameUnresolved, $"--own {string.Join(", ", named)}: where it leads could not be found out, so it could not be kept closed: {failed.Message}");
            }

            BrokerLog.Write("own_not_looked_up", failed.Message);
        }
    }

    public void Dispose() => _routes.Dispose();
}
