using Voxeltron.Hosting;

namespace Voxeltron.Sre;

/// <param name="Interval">From one look to the next; setting <c>sre.interval_ms</c>.</param>
internal sealed record SreOptions(TimeSpan Interval)
{
    // Ten seconds: far below what a person reacts in, and a handful of cheap queries for the database.
    private const int DefaultIntervalMs = 10_000;

    public static SreOptions From(IConfiguration settings) =>
        new(TimeSpan.FromMilliseconds(settings.WholeNumber("sre:interval_ms", DefaultIntervalMs, 100, 600_000)));
}
