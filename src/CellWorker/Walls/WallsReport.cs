namespace Voxeltron.CellWorker;

/// <summary>One line at start, and a metric: an operator must not have to believe in walls.</summary>
internal static partial class WallsReport
{
    public static void Say(Walls walls, WorkerMetrics metrics, ILogger log)
    {
        metrics.Stands(walls);
        if (walls is { Seccomp: false, Landlock: 0 })
        {
            LogNone(log, walls.ToString());
        }
        else
        {
            LogWalls(log, walls.ToString());
        }
    }

    [LoggerMessage(1, LogLevel.Information, "This worker stands in walls: {Walls}.")]
    private static partial void LogWalls(ILogger log, string walls);

    [LoggerMessage(2, LogLevel.Warning, "This worker stands in no walls ({Walls}): whoever breaks out of a cell has what its user has. Start it through Voxeltron.Launcher, as scripts/up does.")]
    private static partial void LogNone(ILogger log, string walls);
}
