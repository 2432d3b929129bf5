namespace Voxeltron.Cosmictron;

/// <summary>What views may take. Both follow from the rows and the transaction alone, so they are reached at the same one live and in replay.</summary>
/// <param name="Bytes">Of all traces: <see cref="Circuit.Bytes"/>.</param>
/// <param name="BatchBytes">Of the rows that one operator gives in one step.</param>
internal sealed record CircuitLimits(long Bytes, int BatchBytes)
{
    public const string TooLarge = "views_too_large";
    public const string StepTooLarge = "views_step_too_large";
}
