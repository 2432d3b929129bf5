using Voxeltron.Cells;

namespace Voxeltron.CellWorker;

/// <summary>Compilations of this host: a few at a time, the others wait. One whose child died of something else than its limits is tried once more.</summary>
internal sealed partial class CompileQueue(CompileProcess process, TimeProvider clock, ILogger<CompileQueue> log) : IDisposable
{
    /// <summary>Each may use two cores' time and a gigabyte, beside the missions.</summary>
    private static readonly int s_most = Environment.ProcessorCount > 2 ? 2 : 1;

    private readonly SemaphoreSlim _places = new(s_most, s_most);

    public async Task<CompileOutcome> CompileAsync(InspectedModule module, string fingerprint, CancellationToken cancel)
    {
        await _places.WaitAsync(cancel);
        try
        {
            var began = clock.GetTimestamp();
            var outcome = await process.RunAsync(module.Prepared, fingerprint, cancel);
            if (outcome.Died)
            {
                LogDied(log, module.Digest.Value, outcome.Reason!);
                outcome = await process.RunAsync(module.Prepared, fingerprint, cancel);
            }

            var took = (long)clock.GetElapsedTime(began).TotalMilliseconds;
            if (outcome.Artifact is { } artifact)
            {
                LogCompiled(log, module.Digest.Value, took, artifact.Length);
            }
            else
            {
                LogRefused(log, module.Digest.Value, took, outcome.Code!, outcome.Reason!);
            }

            return outcome;
        }
        finally
        {
            _places.Release();
        }
    }

    public void Dispose() => _places.Dispose();

    [LoggerMessage(1, LogLevel.Information, "Module {Module} was compiled in {TookMs} ms to {Bytes} bytes.")]
    private static partial void LogCompiled(ILogger log, string module, long tookMs, int bytes);

    [LoggerMessage(2, LogLevel.Warning, "Module {Module} was not compiled ({Code}, after {TookMs} ms): {Reason}")]
    private static partial void LogRefused(ILogger log, string module, long tookMs, string code, string reason);

    [LoggerMessage(3, LogLevel.Warning, "The process that compiled module {Module} is gone and is started once more: {Reason}")]
    private static partial void LogDied(ILogger log, string module, string reason);
}
