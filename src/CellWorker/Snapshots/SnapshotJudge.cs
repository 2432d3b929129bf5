using System.Diagnostics;
using Npgsql;
using Voxeltron.Hosting;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>
/// Has stored snapshots replayed by a process of its own, <c>voxeltron-replay</c>, and writes down what came of it: as a signed
/// entry for people, and as the verdict recovery goes by. One host at a time does it for the whole fabric.
/// </summary>
internal sealed partial class SnapshotJudge(
    HostIdentity identity, SnapshotCommands snapshots, Notifier inboxChanged, StatePaths paths, int percent, WorkerMetrics metrics, TimeProvider clock, ILogger<SnapshotJudge> log)
{
    private const string Reproduced = "reproduced";
    private const string Differs = "differs";
    private const string Unanswered = "unanswered";

    /// <summary>A replay that cannot be answered is tried again this often: the engine may be busy, the database away.</summary>
    private const int MostTries = 3;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>How long one replay may take; a mission whose tail takes longer has no snapshot that counts.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private bool _toldMissing;

    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Period, clock);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            try
            {
                var began = clock.GetTimestamp();
                if (await JudgeNextAsync(stopping))
                {
                    // Replays use a core that the missions could use.
                    await Task.Delay(clock.GetElapsedTime(began) * (100 - percent) / percent, clock, stopping);
                }
            }
            catch (Exception away) when (away is NpgsqlException or TimeoutException)
            {
                LogAway(log, away.Message);
            }
        }
    }

    /// <returns>False when there is nothing to judge.</returns>
    private async Task<bool> JudgeNextAsync(CancellationToken cancel)
    {
        if (ReplayProgram.Find() is not { } program)
        {
            if (!_toldMissing)
            {
                _toldMissing = true;
                LogMissing(log, ReplayProgram.Variable);
            }

            return false;
        }

        if (await snapshots.ClaimAsync(identity.Host, Patience * 2, cancel) is not var (snapshot, attempt))
        {
            return false;
        }

        var stream = new StreamRef(snapshot.Tenant, snapshot.Stream);
        var (exitCode, said) = await ReplayAsync(program, snapshot, cancel);
        var verdict = exitCode switch
        {
            0 => Reproduced,
            1 => Differs,
            _ => Unanswered,
        };
        if (verdict == Unanswered)
        {
            LogUnanswered(log, stream.ToString(), snapshot.Seq, attempt, said);
            if (attempt < MostTries)
            {
                await snapshots.JudgeAsync(snapshot, null, null, cancel);
                return false;
            }
        }
        else if (verdict == Differs)
        {
            LogDiffers(log, stream.ToString(), snapshot.Seq, said);
        }

        if (await snapshots.JudgeAsync(snapshot, verdict, Word(snapshot, verdict), cancel))
        {
            inboxChanged.Notify(Channels.Intents);
            metrics.Snapshot(verdict);
            LogJudged(log, stream.ToString(), snapshot.Seq, verdict);
        }

        return true;
    }

    private Intent Word(SnapshotRow snapshot, string verdict) => IntentBuilder.Build(
        identity.Signer,
        Actors.Host(identity.Host),
        snapshot.Tenant,
        snapshot.Stream,
        EntryKinds.SnapshotJudged,
        clock.NowUs(),
        Guid.CreateVersion7(clock.GetUtcNow()),
        json => json.Name("root").Hex(snapshot.Root).Name("snapshot_seq").Integer(snapshot.Seq).Name("verdict").String(verdict));

    /// <summary>From the last snapshot that counts to the entry that says this one's root.</summary>
    private async Task<(int ExitCode, string Said)> ReplayAsync(string program, SnapshotRow snapshot, CancellationToken cancel)
    {
        var start = ReplayProgram.Start(program);
        foreach (var word in (string[])["run", snapshot.Stream.AsMission().ToString(), "--tenant", snapshot.Tenant.Value, "--from-snapshot", "--until", $"{snapshot.Seq + 1}"])
        {
            start.ArgumentList.Add(word);
        }

        start.Environment[FabricState.Variable] = paths.Root;
        using var patience = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancel);
        Process? process = null;
        try
        {
            process = Process.Start(start)!;
            Yield(process);
            var output = process.StandardOutput.ReadToEndAsync(either.Token);
            var errors = process.StandardError.ReadToEndAsync(either.Token);
            await process.WaitForExitAsync(either.Token);
            var said = (await output) + (await errors);
            return (process.ExitCode, said.Length > 2_000 ? said[^2_000..] : said);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return (-1, $"It took longer than {Patience.TotalMinutes:0} minutes.");
        }
        catch (Exception fault) when (fault is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            return (-1, fault.Message);
        }
        finally
        {
            if (process is { HasExited: false })
            {
                // Alone, it has no children: looking for them would stop it first, and for good if this process ended in between.
                process.Kill();
            }

            process?.Dispose();
        }
    }

    /// <summary>The mission's own work goes first.</summary>
    private static void Yield(Process process)
    {
        try
        {
            process.PriorityClass = ProcessPriorityClass.BelowNormal;
        }
        catch (Exception ended) when (ended is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // It was that quick.
        }
    }

    [LoggerMessage(1, LogLevel.Information, "The snapshot of {Stream} at seq {Seq}: {Verdict}.")]
    private static partial void LogJudged(ILogger log, string stream, long seq, string verdict);

    [LoggerMessage(2, LogLevel.Error, "An independent replay of {Stream} up to seq {Seq} came out otherwise than its owner says. The snapshot is not used; run voxeltron-replay yourself. It said: {Said}")]
    private static partial void LogDiffers(ILogger log, string stream, long seq, string said);

    [LoggerMessage(3, LogLevel.Warning, "The snapshot of {Stream} at seq {Seq} could not be judged (try {Attempt}): {Said}")]
    private static partial void LogUnanswered(ILogger log, string stream, long seq, int attempt, string said);

    [LoggerMessage(4, LogLevel.Warning, "voxeltron-replay was not found, so no snapshot counts and a takeover folds the whole log. Put it beside the worker, or name its dll by {Variable}.")]
    private static partial void LogMissing(ILogger log, string variable);

    [LoggerMessage(5, LogLevel.Debug, "Snapshots could not be judged: {Reason}.")]
    private static partial void LogAway(ILogger log, string reason);
}
