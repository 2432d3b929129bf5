using Npgsql;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>
/// Puts commits under checkpoints: numbers those not numbered yet as leaves, grows the RFC 6962 tree, signs its head with
/// the log key, stores the note and exports it to a file. Who cuts the tail of the log *and* its checkpoints is found only
/// by such a file kept elsewhere.
/// </summary>
internal sealed partial class Integrator(
    IntegratorCommands commands, ISigner logKey, string origin, string exportPath, AsyncSignal committed, WorkerOptions options, TimeProvider clock, ILogger<Integrator> log)
{
    private const int LeavesPerQuery = 2_000;

    private readonly MerkleAccumulator _tree = new();

    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            await committed.WaitAsync(options.CheckpointInterval * 5, stopping);
            try
            {
                await RunOnceAsync(stopping);
            }
            catch (Exception away) when (away is NpgsqlException or TimeoutException)
            {
                LogAway(log, away.Message);
            }

            // At most one checkpoint an interval: what commits meanwhile goes under the next.
            await Task.Delay(options.CheckpointInterval, clock, stopping);
        }
    }

    /// <summary>One round. Another host may hold the election: then nothing happens here.</summary>
    public async Task RunOnceAsync(CancellationToken cancel)
    {
        while ((await commands.NumberAsync(Statements.Leaf, LeavesPerQuery, cancel)).Count == LeavesPerQuery)
        {
            cancel.ThrowIfCancellationRequested();
        }

        while (await GrowAsync(cancel))
        {
            cancel.ThrowIfCancellationRequested();
        }

        var latest = await commands.ReadLatestCheckpointAsync(cancel);
        if (_tree.Size == 0 || latest?.TreeSize >= _tree.Size)
        {
            return;
        }

        var root = _tree.Root();
        var checkpoint = Checkpoint.Sign(origin, _tree.Size, root, clock.NowUs(), logKey);
        if (await commands.InsertCheckpointAsync(checkpoint, cancel))
        {
            await ExportAsync(checkpoint.Note, cancel);
        }
    }

    /// <returns>True when there may be more.</returns>
    private async Task<bool> GrowAsync(CancellationToken cancel)
    {
        var leaves = await commands.ReadLeavesAsync(_tree.Size, LeavesPerQuery, cancel);
        foreach (var leaf in leaves)
        {
            _tree.Append(leaf.Leaf);
        }

        return leaves.Count == LeavesPerQuery;
    }

    /// <summary>Whole or not at all: a reader never sees half a note.</summary>
    private async Task ExportAsync(string note, CancellationToken cancel)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(exportPath)!);
        var draft = exportPath + ".new";
        await File.WriteAllTextAsync(draft, note, cancel);
        File.Move(draft, exportPath, overwrite: true);
    }

    [LoggerMessage(1, LogLevel.Warning, "No checkpoint this round: {Reason}. The next one covers the same commits.")]
    private static partial void LogAway(ILogger log, string reason);
}
