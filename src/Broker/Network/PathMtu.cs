using System.Globalization;

namespace Voxeltron.Broker;

/// <summary>How much a packet out of one of our namespaces may carry: not more than any way out of the machine takes, so that nothing has to be told that it was too big.</summary>
internal static class PathMtu
{
    private const int Usual = 1500;

    /// <summary>Of the machine's links that are up, but for our own. With hundreds of those there, a look costs more than all the rest of making one.</summary>
    public static int Least()
    {
        var least = Usual;
        foreach (var link in Directory.EnumerateDirectories("/sys/class/net"))
        {
            if (Path.GetFileName(link) is var name && name != "lo" && !name.StartsWith(HostRules.LinkPrefix, StringComparison.Ordinal) && !name.StartsWith(DatabasePlan.LinkPrefix, StringComparison.Ordinal)
                && File.Exists(link + "/mtu") && File.ReadAllText(link + "/operstate").Trim() is "up" or "unknown"
                && int.TryParse(File.ReadAllText(link + "/mtu"), NumberStyles.None | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var mtu) && mtu >= 576)
            {
                least = Math.Min(least, mtu);
            }
        }

        return least;
    }
}
