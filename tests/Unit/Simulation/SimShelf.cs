using System.Runtime.CompilerServices;
using Voxeltron.CellWorker;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Tests.Unit.Simulation;

/// <summary>
/// Snapshots as the database keeps them: stored some time after they were taken, if they are durable then and their host lives;
/// judged some time later; now and then read back with a flipped bit.
/// </summary>
/// <remarks>Every root is recomputed by the replay at the end of a run, so the judge here may say yes to all.</remarks>
internal sealed class SimShelf(SimWorld world, SimHost host) : ISnapshotShelf
{
    private const int MostStoringUs = 20_000;
    private const int MostJudgingUs = 30_000;
    private const double Damaged = 0.15;

    public bool Offer(SnapshotDraft draft)
    {
        world.Later(world.Random.Next(MostStoringUs), true, () =>
        {
            if (host.Context.IsDead || draft.Queue.DurableSeq <= draft.Content.At.Seq)
            {
                return;
            }

            var stored = new SimSnapshot(draft.Queue.Stream, draft.Content);
            world.Later(world.Random.Next(MostJudgingUs), true, () => world.Snapshots.Add(stored));
        });
        return true;
    }

    public async IAsyncEnumerable<SnapshotReader> OpenAsync(StreamRef stream, [EnumeratorCancellation] CancellationToken cancel)
    {
        await Task.Yield();
        foreach (var snapshot in world.Snapshots.Where(snapshot => snapshot.Stream == stream).OrderByDescending(static snapshot => snapshot.Content.At.Seq).ToList())
        {
            var bytes = snapshot.Content.Bytes.ToArray();
            if (world.Chance(Damaged))
            {
                bytes[world.Random.Next(bytes.Length)] ^= 1;
            }

            SnapshotReader reader;
            try
            {
                reader = MissionSnapshot.Open(bytes, snapshot.Content.Root);
            }
            catch (SnapshotException)
            {
                world.SnapshotsRefused++;
                continue;
            }

            world.SnapshotsUsed++;
            yield return reader;
        }
    }

    public void Refused(StreamRef stream, long seq, string reason) =>
        throw new InvariantException($"The snapshot of {stream} at seq {seq} was judged good and does not fit the log: {reason}");

    public Task ForgetAsync(StreamRef stream, CancellationToken cancel) => Task.CompletedTask;
}

/// <summary>A snapshot that counts.</summary>
internal sealed record SimSnapshot(StreamRef Stream, SnapshotContent Content);
