namespace Voxeltron.CellWorker;

/// <summary>What compiling one module may cost.</summary>
/// <param name="CpuSeconds">Of all its threads together. Eight megabytes of ordinary code, as much as is admitted, take half of the default.</param>
/// <param name="MemoryMib">Private memory of the child, its runtime included. The same module takes a quarter of the default.</param>
internal sealed record CompileOptions(int CpuSeconds, int MemoryMib)
{
    public static readonly CompileOptions Default = new(CpuSeconds: 20, MemoryMib: 1_024);

    /// <summary>An artifact larger than this is refused: four times the largest module.</summary>
    public const int MostArtifactBytes = 64 * 1024 * 1024;

    /// <summary>The child yields to missions' work: on a busy machine ten seconds of CPU took forty of wall time. Beyond, it hangs, and is killed.</summary>
    private const int WallPerCpu = 6;

    public TimeSpan WallLimit { get; init; } = TimeSpan.FromSeconds(CpuSeconds * WallPerCpu);
}
