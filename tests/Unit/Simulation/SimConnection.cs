using System.Runtime.CompilerServices;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Tests.Unit.Simulation;

/// <summary>One host's connection to the database: slow, and as unreliable as the plan says. What the server does, it does honestly.</summary>
internal sealed class SimConnection(SimWorld world, SimHost host) : IJournal
{
    private const int MostLatencyUs = 2_500;
    private const int MostReadUs = 10_000;
    private const int MostLateUs = 400_000;

    private LateCommit? _late;

    public async Task<CommitOutcome> CommitAsync(CommitBatch batch, CancellationToken ct)
    {
        await world.PassAsync(host, KillPoint.BeforeFlush);
        await DelayAsync(MostLatencyUs, ct);
        if (world.Chance(world.Plan.Unavailable))
        {
            throw new JournalUnavailableException("The server refuses connections.", indeterminate: false);
        }

        if (world.Meets(host, KillPoint.InCommit) is { } blow)
        {
            // What was sent is the server's now, whatever becomes of the sender.
            _late = new LateCommit(world, batch);
            world.Later(world.Random.Next(MostLateUs), world.Chance(0.5), _late.Arrive);
            await world.StrikeAsync(host, blow);
            throw new JournalUnavailableException("The connection is gone.", indeterminate: true);
        }

        if (world.Chance(world.Plan.LostBefore))
        {
            throw new JournalUnavailableException("The connection broke.", indeterminate: true);
        }

        if (world.Chance(world.Plan.Late))
        {
            _late = new LateCommit(world, batch);
            world.Later(world.Random.Next(MostLateUs), true, _late.Arrive);
            throw new JournalUnavailableException("The connection broke, the server goes on.", indeterminate: true);
        }

        if (_late?.Number == batch.Number && world.Chance(0.3))
        {
            // Its sender has looked, found nothing, and sends it again; the server comes to the first one just now.
            _late.Arrive();
        }

        var outcome = world.Commit(batch);
        if (world.Chance(world.Plan.AnswerLost))
        {
            throw new JournalUnavailableException("The answer was lost.", indeterminate: true);
        }

        await world.PassAsync(host, KillPoint.AfterFlush);
        await DelayAsync(MostLatencyUs, ct);
        return outcome;
    }

    public Task<HeadRow?> ReadHeadAsync(TenantId tenant, StreamId stream, CancellationToken ct) => Task.FromResult(world.Database.Head(new StreamRef(tenant, stream)));

    public async IAsyncEnumerable<Entry> ReadAsync(TenantId tenant, StreamId stream, long afterSeq, [EnumeratorCancellation] CancellationToken ct)
    {
        await DelayAsync(MostReadUs, ct);
        var isFold = afterSeq == 0 && tenant != TenantId.Fabric;
        // A page is read at once; what is committed meanwhile comes with the next one.
        for (var page = Page(tenant, stream, afterSeq); page.Count > 0; page = Page(tenant, stream, page[^1].Header.Seq))
        {
            foreach (var entry in page)
            {
                if (isFold && world.Random.Next(8) == 0)
                {
                    await world.PassAsync(host, KillPoint.InTakeover);
                }

                yield return entry;
            }

            if (world.Chance(world.Plan.BrokenRead))
            {
                throw new JournalUnavailableException("The connection broke while reading.", indeterminate: false);
            }
        }
    }

    private List<Entry> Page(TenantId tenant, StreamId stream, long afterSeq) =>
        [.. world.Database.Entries(new StreamRef(tenant, stream)).Where(entry => entry.Header.Seq > afterSeq).Take(50)];

    private Task DelayAsync(int mostUs, CancellationToken ct) => Task.Delay(TimeSpan.FromMicroseconds(world.Random.Next(mostUs)), host.Clock, ct);

    /// <summary>What the server was sent and has not come to yet.</summary>
    private sealed class LateCommit(SimWorld world, CommitBatch batch)
    {
        private bool _arrived;

        public long Number => batch.Number;

        public void Arrive()
        {
            if (!_arrived)
            {
                _arrived = true;
                world.Commit(batch);
            }
        }
    }
}
