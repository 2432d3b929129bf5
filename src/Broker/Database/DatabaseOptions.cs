using System.Globalization;
using System.Net;
using Voxeltron.Kernel;

namespace Voxeltron.Broker;

/// <summary>What <c>Voxeltron.Broker database</c> is told.</summary>
/// <param name="Host">A name, or an IPv4 address. Null when it is to be removed.</param>
/// <param name="Place">Directory: its name tells this namespace from others.</param>
/// <param name="Range">The two addresses of the cable; null: by the place's name.</param>
/// <param name="Hosts">Addresses of names DNS is not asked for; null: none.</param>
internal sealed record DatabaseOptions(string? Host, int Port, string Place, NetworkRange? Range, string? Hosts)
{
    public const string Verb = "database";

    public const string Help = """
        Voxeltron.Broker database --server HOST:PORT --place DIR [--range NETWORK] [--hosts FILE]
        Voxeltron.Broker database --remove --place DIR

        Makes a network namespace whose only destination is that server, for the launcher of a worker whose Postgres is reached over TCP:
        DIR/netns (--netns) and DIR/hosts (--hosts). Run again, it looks the name up again and changes what is reached, under the workers
        that run in it. It stays until it is removed or the machine starts anew.

          --range NETWORK     the two IPv4 addresses of its cable, such as 10.214.0.0/31 (two of 10.214.0.0/16, chosen by DIR)
          --hosts FILE        addresses of names that DNS is not asked for, in the form of /etc/hosts

        Exit codes: 0; 2 an argument is wrong; 3 this machine cannot, and says why.
        """;

    /// <exception cref="VoxeltronException"><c>broker_options</c></exception>
    public static DatabaseOptions Parse(ReadOnlySpan<string> arguments)
    {
        string? server = null, place = null, hosts = null;
        NetworkRange? range = null;
        var isRemoved = false;
        for (var at = 0; at < arguments.Length; at++)
        {
            var name = arguments[at];
            if (name == "--remove")
            {
                isRemoved = true;
                continue;
            }

            var value = at + 1 < arguments.Length ? arguments[++at] : throw Refuse($"{name} needs a value, or is not known. See --help.");
            switch (name)
            {
                case "--server":
                    server = value;
                    break;
                case "--place":
                    place = Path.TrimEndingDirectorySeparator(Path.GetFullPath(value));
                    break;
                case "--hosts":
                    hosts = value;
                    break;
                case "--range":
                    range = NetworkRange.TryParse(value, out var given) && !given.IsV6 && given.Length == 31 ? given : throw Refuse($"--range {value}: an IPv4 network of two addresses is needed, such as 10.214.0.0/31.");
                    break;
                default:
                    throw Refuse($"{name} is not known. See --help.");
            }
        }

        if (place is null || isRemoved == (server is not null))
        {
            throw Refuse("--place and one of --server and --remove are needed. See --help.");
        }

        var (host, port) = server is null ? (null, 0) : Split(server);
        return new DatabaseOptions(host, port, place, range, hosts);
    }

    private static (string Host, int Port) Split(string server)
    {
        var colon = server.LastIndexOf(':');
        return colon > 0 && ushort.TryParse(server.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port > 0
            && server[..colon].Trim('[', ']') is { Length: > 0 } host && (IPAddress.TryParse(host, out _) || Uri.CheckHostName(host) == UriHostNameType.Dns)
            ? (host, port)
            : throw Refuse($"--server {server}: HOST:PORT is needed.");
    }

    private static VoxeltronException Refuse(string reason) => new("broker_options", reason);
}
