using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Tests.Support;
using Voxeltron.Tests.Unit.Ultra;
using Voxeltron.Ultra;

namespace Voxeltron.Tests.Integration.Postgres;

/// <summary>Writes a log that was built in memory through the real journal, commit by commit, as the hosts would have.</summary>
internal static class SampleDatabase
{
    public static async Task WriteAsync(TestDatabase database, InMemoryLog log)
    {
        await using var journal = new PostgresJournal(database.Worker);
        var heads = new Dictionary<StreamRef, long>();
        foreach (var commit in log.Commits)
        {
            var outcome = await journal.CommitAsync(BatchOf(log, commit, heads), CancellationToken.None);
            if (outcome is not CommitOutcome.Durable)
            {
                throw new InvalidOperationException($"Commit {commit.Number} of {commit.Host}: {outcome}");
            }
        }

        var integrator = new IntegratorCommands(database.Worker);
        await integrator.NumberAsync(Statements.Leaf, int.MaxValue, CancellationToken.None);
        foreach (var checkpoint in log.Checkpoints)
        {
            await integrator.InsertCheckpointAsync(checkpoint, CancellationToken.None);
        }
    }

    /// <param name="epochs">The epoch each head stands at, kept up to date.</param>
    private static CommitBatch BatchOf(InMemoryLog log, CommitRow commit, Dictionary<StreamRef, long> epochs)
    {
        var seals = log.Seals.Where(s => s.Host == commit.Host && s.CommitNumber == commit.Number).ToList();
        var streams = seals.Where(static s => s.Role == SealRoles.Host).OrderBy(static s => new StreamRef(s.Tenant, s.Stream)).Select(host =>
        {
            var stream = new StreamRef(host.Tenant, host.Stream);
            var entries = log.Entries
                .Where(e => e.Header.Tenant == host.Tenant && e.Header.Stream == host.Stream && e.Header.Seq >= host.FirstSeq && e.Header.Seq <= host.LastSeq)
                .OrderBy(static e => e.Header.Seq).ToList();
            var epoch = entries[^1].Header.Epoch;
            var standing = epochs.GetValueOrDefault(stream);
            epochs[stream] = epoch;
            return new StreamBatch(
                host.Tenant, host.Stream, epoch, standing == epoch ? null : standing, entries, ProjectionOf(entries));
        });
        return new CommitBatch(commit.Host, commit.Number, [.. streams], Task.FromResult(new CommitSeals(commit, seals)));
    }

    /// <summary>A mission's row, so that views find its name.</summary>
    private static StreamProjection ProjectionOf(List<Entry> entries)
    {
        var header = entries[^1].Header;
        if (header.Stream != StreamId.Of(SampleLog.Mission))
        {
            return StreamProjection.Empty;
        }

        var ended = header.Kind == EntryKinds.MissionCompleted;
        return StreamProjection.Empty with
        {
            Mission = new MissionRow(
                header.Tenant, SampleLog.Mission, "prior-auth", ended ? "completed" : "running", new string('a', 64), header.Seq, header.Epoch,
                1, 0, ended ? 0 : 1, ended ? 1 : 0, 0, 0, 0, null, LogBuilder.StartUs, header.TimeUs, ended ? header.TimeUs : null),
        };
    }
}
