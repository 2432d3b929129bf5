namespace Voxeltron.Tests.Unit.Simulation;

/// <summary>Where a host can be killed or frozen, in the order one action meets them.</summary>
internal enum KillPoint
{
    /// <summary>Cells ran and their entries stand in memory; the committer knows nothing of them.</summary>
    AfterExecute,

    /// <summary>The batch is assembled and signed; nothing was sent.</summary>
    BeforeFlush,

    /// <summary>COMMIT was sent: the server may have done it, may yet do it, or never will.</summary>
    InCommit,

    /// <summary>Durable, and the host does not know.</summary>
    AfterFlush,

    /// <summary>The host knows; no output has left.</summary>
    BeforeRelease,

    /// <summary>A snapshot was written in memory; its entry was not appended yet.</summary>
    InSnapshot,

    /// <summary>The next owner folds the log, or has declared its epoch in memory only.</summary>
    InTakeover,
}

/// <summary>What becomes of the host that is the <paramref name="Passage"/>-th to pass the point.</summary>
/// <param name="FrozenUs">0: killed. Else how long it stands still; its lease runs out meanwhile.</param>
internal sealed record Blow(KillPoint Point, int Passage, long FrozenUs)
{
    public override string ToString() => $"{Point}#{Passage} {(FrozenUs == 0 ? "killed" : $"frozen {FrozenUs / 1000} ms")}";
}

/// <summary>What goes wrong in one run, and how often; all of it drawn from the seed.</summary>
internal sealed record FaultPlan(
    IReadOnlyList<Blow> Blows,
    double Unavailable,
    double LostBefore,
    double AnswerLost,
    double Late,
    double BrokenRead)
{
    public override string ToString() =>
        $"[{string.Join(", ", Blows)}] unavailable {Unavailable:F2}, lost before {LostBefore:F2}, answer lost {AnswerLost:F2}, late {Late:F2}, broken read {BrokenRead:F3}";

    public static FaultPlan Draw(Random random)
    {
        // A quiet journal lets the kills show alone; a noisy one without kills shows the committer's own recovery.
        var noise = random.Next(3) switch { 0 => 0.0, 1 => 0.05, _ => 0.2 };
        var blows = new List<Blow>();
        for (var left = random.Next(6); left > 0; left--)
        {
            var point = (KillPoint)random.Next(Enum.GetValues<KillPoint>().Length);
            blows.Add(new Blow(point, 1 + random.Next(30), random.Next(3) == 0 ? 1 + random.Next(2_500_000) : 0));
        }

        return new FaultPlan(blows, noise * random.NextDouble(), noise * random.NextDouble(), noise * random.NextDouble(), noise * random.NextDouble(), noise * 0.02);
    }
}
