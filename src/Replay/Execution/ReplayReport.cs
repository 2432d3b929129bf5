namespace Voxeltron.Replay;

/// <summary>What a replay re-executed and what it found. Clean only if nothing diverged.</summary>
public sealed class ReplayReport
{
    public long Entries { get; set; }

    public long Boots { get; set; }

    public long Actions { get; set; }

    /// <summary>Aborted deliveries re-executed to the same fault.</summary>
    public long Aborts { get; set; }

    /// <summary>Aborts that were the host's wall clock or capacity, which no replay can repeat; they left no write.</summary>
    public long NotRepeatable { get; set; }

    public long Writes { get; set; }

    public long Fuel { get; set; }

    /// <summary>Chain values recomputed from re-executed bodies and found equal.</summary>
    public long ChainValues { get; set; }

    /// <summary>Entries whose payload was erased: their recorded effect could not be compared.</summary>
    public long Erased { get; set; }

    /// <summary>False when the log was written by another engine: writes and results are compared, fuel is not.</summary>
    public bool FuelCompared { get; set; } = true;

    public TimeSpan Elapsed { get; set; }

    /// <summary>The first entry that came out otherwise, or null.</summary>
    public Divergence? Divergence { get; set; }

    public bool Clean => Divergence is null;
}

/// <summary>The first entry whose re-execution differs, told so that a person sees where to look.</summary>
/// <param name="Recorded">What the log says.</param>
/// <param name="Replayed">What re-execution came to.</param>
public sealed record Divergence(long Seq, string Kind, string Field, string Recorded, string Replayed);
