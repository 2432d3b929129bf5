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

    /// <summary>Whether this replay must come to the same abort: not if it was the host's, nor if another engine may come to another end.</summary>
    private bool CanRepeat(string abortCode) => Repeatable.Is(abortCode) && (!IsOfEngine(abortCode) || _report.FuelCompared);

    /// <summary>Another engine, or the same on another processor, counts fuel and native stack otherwise.</summary>
    private static bool IsOfEngine(string abortCode) => abortCode is AbortCodes.OutOfFuel or AbortCodes.FuelSlice or AbortCodes.StackOverflow;

    /// <summary>
    /// An abort here says something about the log only if it would come on any machine. Neither what this process could not do,
    /// nor, under another fingerprint, where it ran out of fuel or stack, be it that the log goes on or tells of another fault.
    /// </summary>
    private void RequireMeaning(Entry entry, ActionOutcome outcome)
    {
        var code = outcome.Code!;
        if (!Repeatable.Is(code))
        {
            throw new VoxeltronException(
                "replay_capacity",
                $"Seq {entry.Header.Seq} could not be executed by this process ('{code}'; {_cells.Count} cells were live): {outcome.Message} That says nothing about the log: try again where there is more room or time.");
        }

        if (IsOfEngine(code) && !_report.FuelCompared)
        {
            throw new VoxeltronException(
                "engine_differs",
                $"Seq {entry.Header.Seq} was cut off here ('{code}'). The log was written by another engine, which counts fuel and stack otherwise: use the replay tool of the release that wrote it.");
        }
    }
}
