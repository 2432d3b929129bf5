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
    private long _exported;

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

        if (_tree.Size == 0)
        {
            return;
        }

        var latest = await commands.ReadLatestCheckpointAsync(cancel);
        if (latest is null || latest.TreeSize < _tree.Size)
        {
            var next = Checkpoint.Sign(origin, _tree.Size, _tree.Root(), clock.NowUs(), logKey);
            latest = await commands.InsertCheckpointAsync(next, cancel) ? next : latest;
        }

        if (latest is not null && latest.TreeSize > _exported)
        {
            await ExportAsync(latest, cancel);
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

    /// <summary>
    /// Whole or not at all, and never over a larger one: other hosts export to the same place. A file that cannot be written
    /// costs nothing but the file; the checkpoint itself is in the database and the next round tries again.
    /// </summary>
    private async Task ExportAsync(CheckpointRow checkpoint, CancellationToken cancel)
    {
        var draft = $"{exportPath}.{Path.GetRandomFileName()}";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(exportPath)!);
            if (File.Exists(exportPath) && SizeOf(await File.ReadAllTextAsync(exportPath, cancel)) >= checkpoint.TreeSize)
            {
                return;
            }

            await File.WriteAllTextAsync(draft, checkpoint.Note, cancel);
            File.Move(draft, exportPath, overwrite: true);
            _exported = checkpoint.TreeSize;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            LogNotExported(log, exportPath, fault.Message);
        }
    }

    private static long SizeOf(string note) =>
        SignedNote.TrySplit(note, out var text, out _) && Checkpoint.TryParse(text) is { } parsed ? parsed.Size : 0;

    [LoggerMessage(2, LogLevel.Warning, "The checkpoint could not be written to {Path}: {Reason}. It is in the database; the next round tries the file again.")]
    private static partial void LogNotExported(ILogger log, string path, string reason);

    [LoggerMessage(1, LogLevel.Warning, "No checkpoint this round: {Reason}. The next one covers the same commits.")]
    private static partial void LogAway(ILogger log, string reason);
}
