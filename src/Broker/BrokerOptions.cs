using System.Globalization;
using Voxeltron.Kernel;

namespace Voxeltron.Broker;

internal sealed record BrokerOptions
{
    public const string Help = """
        Voxeltron.Broker --socket PATH --keys PATH [options]
        Voxeltron.Broker database …       a namespace for workers whose Postgres is reached over TCP: see database --help

          --socket PATH       where workers connect (a Unix socket; nobody but root and the broker may write in its directory)
          --keys PATH         operators' public keys: a file, or a directory of files, one key in base64 a line; may be given more than once
          --state FILE        remembers the highest serial of each profile, so that a restart does not revive a revoked one
          --withdrawn FILE    digests of profiles that are not to be used, one a line; read again when it changes
          --hosts FILE        addresses of names that DNS is not asked for, in the form of /etc/hosts; read again when it changes.
                              For sites without DNS. Addresses from here are checked like any others.
          --allow-uid N       a user that may connect besides root; may be given more than once
          --own ADDRESS       an address, a network or a name that belongs to the fabric (API, database), reached only by a grant of this
                              very address; a name is followed to where it leads; the machine's own addresses need not be named; may be
                              given more than once
          --spaces N          namespaces at most, all profiles together (256)
          --ready N           namespaces kept ready for each profile in use (32)
          --range NETWORK     IPv4 addresses inside namespaces, two each (10.213.0.0/16)
          --check             says whether this machine can do it, and ends: 0 and "ok", or 3 and the reason

        It needs the capabilities CAP_SYS_ADMIN and CAP_NET_ADMIN and the library libnftables.so.1, and gives up everything else.
        """;

    public string Socket { get; init; } = "";

    public IReadOnlyList<string> Keys { get; init; } = [];

    public string? State { get; init; }

    public string? Withdrawn { get; init; }

    public string? Hosts { get; init; }

    public IReadOnlyList<uint> AllowedUsers { get; init; } = [];

    public IReadOnlyList<NetworkRange> Own { get; init; } = [];

    public IReadOnlyList<string> OwnNames { get; init; } = [];

    public int Spaces { get; init; } = 256;

    public int Ready { get; init; } = 32;

    public NetworkRange Range { get; init; } = NetworkRange.TryParse("10.213.0.0/16", out var range) ? range : default;

    public bool IsCheck { get; init; }

    /// <exception cref="VoxeltronException"><c>broker_options</c>: what is wrong and what would be right.</exception>
    public static BrokerOptions Parse(string[] arguments)
    {
        var options = new BrokerOptions();
        for (var at = 0; at < arguments.Length; at++)
        {
            var name = arguments[at];
            if (name == "--check")
            {
                options = options with { IsCheck = true };
                continue;
            }

            var value = at + 1 < arguments.Length ? arguments[++at] : throw Refuse($"{name} needs a value, or is not known. See --help.");
            options = options.With(name, value);
        }

        return options.IsCheck || (options.Socket.Length > 0 && options.Keys.Count > 0) ? options : throw Refuse("--socket and --keys are needed. See --help.");
    }

    private BrokerOptions With(string name, string value) => name switch
    {
        "--socket" => this with { Socket = Path.GetFullPath(value) },
        "--keys" => this with { Keys = [.. Keys, value] },
        "--state" => this with { State = Path.GetFullPath(value) },
        "--withdrawn" => this with { Withdrawn = value },
        "--hosts" => this with { Hosts = value },
        "--allow-uid" => this with { AllowedUsers = [.. AllowedUsers, (uint)Number(name, value, 0, int.MaxValue)] },
        "--own" when !NetworkRange.TryParse(value, out _) && Uri.CheckHostName(value) == UriHostNameType.Dns => this with { OwnNames = [.. OwnNames, value.ToLowerInvariant()] },
        "--own" => this with { Own = [.. Own, Network(name, value)] },
        "--spaces" => this with { Spaces = Number(name, value, 1, 512) },
        "--ready" => this with { Ready = Number(name, value, 0, 1024) },
        "--range" => this with { Range = Network(name, value) },
        _ => throw Refuse($"{name} is not known. See --help."),
    };

    private static int Number(string name, string value, int least, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw Refuse($"{name} {value}: a whole number from {least} to {most} is needed.");

    private static NetworkRange Network(string name, string value) =>
        NetworkRange.TryParse(value, out var range) ? range : throw Refuse($"{name} {value}: an address, or a network such as 10.213.0.0/16, is needed.");

    private static VoxeltronException Refuse(string reason) => new("broker_options", reason);
}
