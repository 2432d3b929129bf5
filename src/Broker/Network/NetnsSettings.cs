namespace Voxeltron.Broker;

/// <summary>Switches of a network namespace, in /proc/sys/net of the thread that is in it.</summary>
internal static class NetnsSettings
{
    /// <summary>IPv4 alone, and nothing remembered of one connection for the next.</summary>
    public static void Quiet()
    {
        NoV6("all");
        NoV6("default");
        // What was learned about a server in one generation (times, cookies) must not be seen in the next.
        WriteIfThere("/proc/sys/net/ipv4/tcp_no_metrics_save", "1");
        WriteIfThere("/proc/sys/net/ipv4/tcp_fastopen", "0");
    }

    /// <summary>The machine's end of a cable listens to IPv4 alone: by its link-local address it could be spoken to past the rules.</summary>
    public static void NoV6(string link) => WriteIfThere($"/proc/sys/net/ipv6/conf/{link}/disable_ipv6", "1");

    /// <summary>Packets to and from 127.0.0.0/8 may use this link: what they may reach is what the rules translate.</summary>
    public static void RouteLoopback(string link) => File.WriteAllText($"/proc/sys/net/ipv4/conf/{link}/route_localnet", "1");

    private static void WriteIfThere(string path, string text)
    {
        if (File.Exists(path))
        {
            File.WriteAllText(path, text);
        }
    }
}
