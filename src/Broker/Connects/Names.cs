using System.Net;
using System.Net.Sockets;
using Voxeltron.Kernel;

namespace Voxeltron.Broker;

/// <summary>Where a name leads, asked in the machine's own namespace: once a connection, and what was checked is what is connected to.</summary>
internal sealed class Names(string? hostsFile) : IDisposable
{
    /// <summary>A resolver holds a thread for as long as it takes, cancelled or not.</summary>
    private const int MostAtOnce = 32;

    private readonly ChangingFile<Dictionary<string, List<IPAddress>>> _hosts = new(hostsFile, [], ParseHosts);
    private readonly SemaphoreSlim _slots = new(MostAtOnce, MostAtOnce);

    /// <exception cref="VoxeltronException"><c>name_unresolved</c></exception>
    public async ValueTask<IReadOnlyList<IPAddress>> ResolveAsync(string name, CancellationToken cancel)
    {
        if (_hosts.Value.TryGetValue(name, out var known))
        {
            return known;
        }

        await _slots.WaitAsync(cancel);
        var asked = Dns.GetHostAddressesAsync(name, CancellationToken.None);
        _ = asked.ContinueWith(
            static (done, slots) =>
            {
                _ = done.Exception;
                ((SemaphoreSlim)slots!).Release();
            },
            _slots, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            return await asked.WaitAsync(cancel);
        }
        catch (SocketException failed)
        {
            throw new VoxeltronException(BrokerCodes.NameUnresolved, $"{name}: {failed.Message}");
        }
    }

    public void Dispose() => _slots.Dispose();

    internal static Dictionary<string, List<IPAddress>> ParseHosts(string[] lines)
    {
        var hosts = new Dictionary<string, List<IPAddress>>(StringComparer.Ordinal);
        foreach (var line in lines)
        {
            var words = line.Split('#')[0].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 2 || !IPAddress.TryParse(words[0], out var address))
            {
                continue;
            }

            foreach (var name in words.Skip(1))
            {
                var key = name.ToLowerInvariant();
                (hosts.TryGetValue(key, out var addresses) ? addresses : hosts[key] = []).Add(address);
            }
        }

        return hosts;
    }
}
