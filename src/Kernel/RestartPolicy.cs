namespace Voxeltron.Kernel;

/// <summary>
/// How many faults the cells of one profile may have before the mission stops booting more of them for a while. Intensity and period
/// are those of an OTP supervisor, the hold and its one try those of a circuit breaker.
/// </summary>
/// <param name="Intensity">Faults within <paramref name="PeriodMs"/> that are borne; one more is a crash loop.</param>
/// <param name="HoldMs">How long nothing of the profile is dispatched then; doubles with each try that faults.</param>
/// <param name="MaxHoldMs">The longest hold; not less than <paramref name="HoldMs"/>.</param>
public sealed record RestartPolicy(int Intensity, long PeriodMs, long HoldMs, long MaxHoldMs)
{
    public const long DefaultMaxHoldMs = 60_000;

    /// <summary>
    /// What holds where a spec says nothing. A task's own retries bound one bad input; this is for a module that fails whatever it is
    /// given, thousands of times. A hundred faults a second for ten seconds are a part of what a host boots in that time, and
    /// more than any mission had whose module was sound.
    /// </summary>
    public static readonly RestartPolicy Default = new(1_000, 10_000, 1_000, DefaultMaxHoldMs);
}
