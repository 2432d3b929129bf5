using Voxeltron.Hosting;

namespace Voxeltron.Api;

/// <summary>Settings of the Api; section <c>api</c> of config.json.</summary>
/// <param name="MaxConnections">Connections open at once, followers of events among them; one more is closed unanswered.</param>
/// <param name="ViewRetention">How long changes of views are told apart: a follower that is away for longer reads the view anew.</param>
internal sealed record ApiOptions(int MaxConnections, TimeSpan ViewRetention)
{
    // Each costs some tens of KiB idle, and up to a body while it sends one.
    private const int DefaultMaxConnections = 4_096;

    // A client that restarts, or a laptop that was closed over lunch. Each change of each row is kept for as long.
    private const int DefaultViewRetentionS = 3_600;

    public static ApiOptions From(IConfiguration settings) => new(
        settings.WholeNumber("api:max_connections", DefaultMaxConnections, 1, 100_000),
        TimeSpan.FromSeconds(settings.WholeNumber("api:view_retention_s", DefaultViewRetentionS, 60, 30 * 24 * 3_600)));
}
