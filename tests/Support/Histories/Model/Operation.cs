namespace Voxeltron.Tests.Support.Histories;

/// <summary>
/// One transaction of one client. Instants are logical or microseconds, of one clock for the whole history; two equal
/// instants say nothing about order.
/// </summary>
/// <param name="Index">Its place in the history, which is its name: T0, T1, …</param>
/// <param name="Completed">When the client was answered; not looked at unless the outcome is ok.</param>
public sealed record Operation(int Index, int Process, long Invoked, long Completed, Outcome Outcome, IReadOnlyList<MicroOp> Steps)
{
    public const long Never = long.MaxValue;

    /// <summary>The last instant at which it can have taken effect.</summary>
    public long End => Outcome == Outcome.Ok ? Completed : Never;

    /// <summary>It changed something, or may have.</summary>
    public bool MayChange => Outcome switch
    {
        Outcome.Ok => Steps.Any(s => s.Changed),
        Outcome.Info => Steps.Any(s => s.CanChange),
        _ => false,
    };

    public string Name => $"T{Index}";

    /// <summary>Real time orders it before the other: it was answered before the other was invoked.</summary>
    public bool Precedes(Operation other) => End < other.Invoked;

    public override string ToString() =>
        $"{Name} (process {Process}, {Invoked}–{(Outcome == Outcome.Ok ? Completed : "?")}, {Outcome.ToString().ToLowerInvariant()}): {string.Join("; ", Steps)}";
}
