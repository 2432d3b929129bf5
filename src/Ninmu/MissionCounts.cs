namespace Voxeltron.Ninmu;

/// <summary>Tasks by status. <c>Waiting</c> counts everything not begun or between attempts, ready tasks too; the others are exact and all sum to <c>Total</c>.</summary>
public readonly record struct MissionCounts(
    int Total, int Waiting, int Running, int Completed, int Refused, int Failed, int Skipped, int Cancelled);
