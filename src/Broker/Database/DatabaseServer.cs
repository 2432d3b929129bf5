using System.Net;
using System.Net.Sockets;
using Voxeltron.Kernel;

namespace Voxeltron.Broker;

/// <summary>Where the server is, as the machine sees it now.</summary>
/// <param name="Host">As the settings have it.</param>
/// <param name="Elsewhere">Addresses on other machines.</param>
/// <param name="Own">Addresses of this machine, but for loopback.</param>
/// <param name="Loopback">Of 127.0.0.0/8; null: not there. One: a port of the cable's end leads to one place.</param>
internal sealed record DatabaseServer(string Host, int Port, IReadOnlyList<IPAddress> Elsewhere, IReadOnlyList<IPAddress> Own, IPAddress? Loopback)
{
    /// <summary>In the order a client tries them.</summary>
    public IEnumerable<IPAddress> All => [.. Loopback is null ? [] : (IPAddress[])[Loopback], .. Own, .. Elsewhere];

    /// <exception cref="VoxeltronException"><c>name_unresolved</c>: there is no IPv4 address of that name.</exception>
    public static DatabaseServer Find(string host, int port, string? hostsFile)
    {
        using var routes = new Routes();
        var known = hostsFile is not null && File.Exists(hostsFile) ? Names.ParseHosts(File.ReadAllLines(hostsFile)).GetValueOrDefault(host.ToLowerInvariant()) : null;
        var found = Addresses(host, known);
        var local = found.Where(address => routes.TypeOf(address) == Routes.Local).ToList();
        return new DatabaseServer(
            host, port, [.. found.Except(local)], [.. local.Where(static address => !IPAddress.IsLoopback(address))], local.Find(IPAddress.IsLoopback));
    }

    private static List<IPAddress> Addresses(string host, IEnumerable<IPAddress>? known)
    {
        try
        {
            var found = (known ?? Dns.GetHostAddresses(host)).Where(static address => address.AddressFamily == AddressFamily.InterNetwork).Distinct().ToList();
            return found.Count > 0 ? found : throw new VoxeltronException("name_unresolved", $"{host} has no IPv4 address, and namespaces have no other.");
        }
        catch (SocketException failed)
        {
            throw new VoxeltronException("name_unresolved", $"{host} could not be looked up: {failed.Message}");
        }
    }
}
