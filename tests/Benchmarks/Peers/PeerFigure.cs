using System.Text.Json.Nodes;

namespace Voxeltron.Benchmarks;

/// <summary>How another engine's figure stands in a result: its value, or null and the reason there is none.</summary>
internal static class PeerFigure
{
    /// <summary>What a peer that could not be measured throws, so that its absence never fails a benchmark.</summary>
    public const string Unavailable = "bench_peer_unavailable";

    /// <param name="peer">The engine's name, the member's.</param>
    /// <param name="reason">Why the value, or a part of it, is null.</param>
    public static JsonObject Of(string peer, JsonNode? value, string? reason)
    {
        var figure = new JsonObject { [peer] = value };
        if (reason is not null)
        {
            figure["reason"] = reason;
        }

        return figure;
    }

    /// <summary>Null when either side has nothing to compare.</summary>
    public static JsonNode? Ratio(double ours, double peer) => peer > 0 ? Figures.Number(ours / peer) : null;
}
