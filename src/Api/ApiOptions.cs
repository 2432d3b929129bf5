using Voxeltron.Hosting;

namespace Voxeltron.Api;

/// <summary>Settings of the Api; section <c>api</c> of config.json.</summary>
/// <param name="MaxConnections">Connections open at once, followers of events among them; one more is closed unanswered.</param>
internal sealed record ApiOptions(int MaxConnections)
{
    // Each costs some tens of KiB idle, and up to a body while it sends one.
    private const int DefaultMaxConnections = 4_096;

    public static ApiOptions From(IConfiguration settings) =>
        new(settings.WholeNumber("api:max_connections", DefaultMaxConnections, 1, 100_000));
}
