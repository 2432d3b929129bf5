using System.Text.Json.Nodes;

namespace Voxeltron.Benchmarks;

/// <summary>Durable steps of the fabric and of Restate beside each other; without the peer its figures and the ratio are null.</summary>
internal static class StepsFigures
{
    public const string Peer = "restate";

    /// <param name="ourLatency">What the fabric's runs timed, with its unit.</param>
    /// <param name="peerLatency">What the peer's runs timed, with its unit.</param>
    /// <param name="reason">Why the peer has no runs.</param>
    public static JsonObject Of(StepRuns ours, string ourLatency, StepRuns peer, string peerLatency, string? reason)
    {
        var (best, other) = (ours.Best(), reason is null ? peer.Best() : null);
        return new JsonObject
        {
            ["steps_per_s"] = best is null ? null : Figures.Number(best.Value.Run.PerS),
            ["peer"] = PeerFigure.Of(Peer, other is null ? null : Figures.Number(other.Value.Run.PerS), reason),
            ["ratio"] = PeerFigure.Ratio(best?.Run.PerS ?? 0, other?.Run.PerS ?? 0),
            ["cpu_us_per_step"] = new JsonObject { ["ours"] = Cpu(best), [Peer] = Cpu(other) },
            ["runs"] = new JsonObject { ["ours"] = ours.ToJson(ourLatency), [Peer] = other is null ? null : peer.ToJson(peerLatency) },
        };
    }

    public static void AddTo(TextTable table, string title, StepRuns ours, string width, StepRuns peer, string? reason)
    {
        table.Section(title);
        Add(table, "Voxeltron", width, ours.Best());
        if (reason is not null)
        {
            table.Value("Restate", "none: " + reason);
            return;
        }

        Add(table, "Restate", "clients", peer.Best());
        table.Value("ratio", (ours.Best()?.Run.PerS ?? 0) / (peer.Best()?.Run.PerS ?? double.NaN));
    }

    private static void Add(TextTable table, string who, string width, (int Width, StepRun Run)? best)
    {
        if (best is { } found)
        {
            table.Value($"{who}: steps/s, best with {found.Width} {width}", found.Run.PerS);
            table.Value($"{who}: CPU µs/step", found.Run.TotalCpuUs);
        }
    }

    private static JsonObject? Cpu((int Width, StepRun Run)? best)
    {
        if (best is not { } found)
        {
            return null;
        }

        var parts = found.Run.CpuUs.DeepClone().AsObject();
        parts["total"] = Figures.Number(found.Run.TotalCpuUs);
        return parts;
    }
}
