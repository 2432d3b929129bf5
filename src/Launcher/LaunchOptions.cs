using System.Globalization;

namespace Voxeltron.Launcher;

/// <summary>What to start, as whom, and what it may reach besides what every worker needs.</summary>
internal sealed record LaunchOptions
{
    public const string Usage =
        "Voxeltron.Launcher [--user NAME [--user-optional]] [--state DIR] [--listen URL] [--postgres-tcp HOST:PORT] [--read PATH]… [--write PATH]… "
        + "[--netns PATH] [--hosts FILE] [--seccomp-optional] -- PROGRAM ARGUMENT…\n"
        + "Voxeltron.Launcher --broker [--user NAME [--user-optional]] [--read PATH]… [--write DIR]… [--seccomp-optional] -- PROGRAM ARGUMENT…\n"
        + "Voxeltron.Launcher --say-postgres [--state DIR]   HOST:PORT where Postgres is reached over TCP, else nothing";

    /// <summary>Null: whoever starts it.</summary>
    public string? User { get; private init; }

    /// <summary>A user that cannot reach what it needs is no reason not to start: root without a capability does it then.</summary>
    public bool IsUserOptional { get; private init; }

    public bool IsSeccompOptional { get; private init; }

    /// <summary>What is started is a broker, not a worker: it has other walls.</summary>
    public bool IsBroker { get; private init; }

    /// <summary>Nothing is started: where Postgres is, is printed, as these rules read the settings.</summary>
    public bool IsQuestion { get; private init; }

    /// <summary>Absolute path of the state directory.</summary>
    public string State { get; private init; } = "";

    /// <summary>Null: as the settings say (<c>worker.url</c>).</summary>
    public string? Listen { get; private init; }

    /// <summary>Null: as the settings say (<c>postgres.host</c>).</summary>
    public (string Host, int Port)? PostgresTcp { get; private init; }

    public IReadOnlyList<string> Read { get; private init; } = [];

    public IReadOnlyList<string> Write { get; private init; } = [];

    /// <summary>A network namespace to start in: <c>/proc/PID/ns/net</c>, <c>/run/netns/NAME</c> or <c>/proc/self/fd/N</c>.</summary>
    public string? Netns { get; private init; }

    /// <summary>Stands where /etc/hosts stood, for the program alone.</summary>
    public string? Hosts { get; private init; }

    /// <summary>Program and arguments.</summary>
    public IReadOnlyList<string> Command { get; private init; } = [];

    public static LaunchOptions Parse(string[] arguments)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        List<string> read = [], write = [];
        bool isUserOptional = false, isSeccompOptional = false, isQuestion = false, isBroker = false;
        var i = 0;
        for (; i < arguments.Length && arguments[i] != "--"; i++)
        {
            switch (arguments[i])
            {
                case "--user-optional":
                    isUserOptional = true;
                    continue;
                case "--seccomp-optional":
                    isSeccompOptional = true;
                    continue;
                case "--broker":
                    isBroker = true;
                    continue;
                case "--say-postgres":
                    isQuestion = true;
                    continue;
                case "--read":
                    read.Add(Value(arguments, ref i));
                    continue;
                case "--write":
                    write.Add(Value(arguments, ref i));
                    continue;
                case "--user" or "--state" or "--listen" or "--postgres-tcp" or "--netns" or "--hosts":
                    values[arguments[i]] = Value(arguments, ref i);
                    continue;
                default:
                    throw new UsageException($"unknown argument '{arguments[i]}'");
            }
        }

        if (i + 1 >= arguments.Length && !isQuestion)
        {
            throw new UsageException("what is to be started is missing: -- PROGRAM ARGUMENT…");
        }

        var state = isBroker ? "/" : values.GetValueOrDefault("--state") ?? Environment.GetEnvironmentVariable("VOXELTRON_STATE");
        return new LaunchOptions
        {
            User = values.GetValueOrDefault("--user"),
            IsUserOptional = isUserOptional,
            IsSeccompOptional = isSeccompOptional,
            IsQuestion = isQuestion,
            IsBroker = isBroker,
            State = string.IsNullOrWhiteSpace(state) ? throw new UsageException("--state DIR (or VOXELTRON_STATE) is needed") : Path.GetFullPath(state),
            Listen = values.GetValueOrDefault("--listen"),
            PostgresTcp = values.TryGetValue("--postgres-tcp", out var server) ? HostAndPort(server) : null,
            Read = read,
            Write = write,
            Netns = values.GetValueOrDefault("--netns"),
            Hosts = values.GetValueOrDefault("--hosts"),
            Command = isQuestion ? [] : arguments[(i + 1)..],
        };
    }

    private static (string Host, int Port) HostAndPort(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0 && ushort.TryParse(text.AsSpan(colon + 1), CultureInfo.InvariantCulture, out var port) && port > 0
            ? (text[..colon].Trim('[', ']'), port)
            : throw new UsageException($"--postgres-tcp is '{text}': use HOST:PORT");
    }

    private static string Value(string[] arguments, ref int i) =>
        i + 1 < arguments.Length && arguments[i + 1] != "--" ? arguments[++i] : throw new UsageException($"{arguments[i]} needs a value");
}
