using System.Text.Json;
using Voxeltron.Cells;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Replay;

// What this engine can say about a log that another one wrote. Same fingerprint: everything is compared. Another: writes,
// results and emits, but no fuel. What it cannot execute at all it refuses by name, before it calls anything a divergence.
public sealed partial class MissionReplay
{
    /// <summary>The version of entry bodies this tool builds anew.</summary>
    private const int BodyVersion = 1;

    /// <exception cref="VoxeltronException">The boot was written by something this tool knows too little about.</exception>
    private static void RequireKnownForm(Entry entry, JsonElement boot)
    {
        if (boot.TryGetProperty("v", out var version) && version.TryGetInt32(out var number) && number > BodyVersion)
        {
            throw new VoxeltronException("body_version_unknown", $"Seq {entry.Header.Seq} has version {number} of its body; this tool knows up to {BodyVersion}. Use the replay tool of the release that wrote the log.");
        }

        if (boot.TryGetProperty("rewriter", out var rewriter))
        {
            throw new VoxeltronException("rewriter_unknown", $"Seq {entry.Header.Seq} ran a module rewritten by rewriter {rewriter}; this tool has none. Use the replay tool of the release that wrote the log.");
        }
    }

    /// <summary>Whether this replay must come to the same abort: not if it was the host's, nor if it was another engine's count of fuel.</summary>
    private bool CanRepeat(string abortCode) => Repeatable.Is(abortCode) && (!IsOfFuel(abortCode) || _report.FuelCompared);

    private static bool IsOfFuel(string abortCode) => abortCode is AbortCodes.OutOfFuel or AbortCodes.FuelSlice;

    /// <summary>Running out of fuel where another engine did not, be it that it went on or met another fault, says nothing about the log.</summary>
    private void RequireComparableFuel(Entry entry, string abortCode)
    {
        if (IsOfFuel(abortCode) && !_report.FuelCompared)
        {
            throw new VoxeltronException(
                "engine_differs",
                $"Seq {entry.Header.Seq} ran out of fuel here. The log was written by another engine, which counts fuel otherwise: use the replay tool of the release that wrote it.");
        }
    }
}
