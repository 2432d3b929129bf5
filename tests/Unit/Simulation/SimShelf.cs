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

    /// <summary>The one handed out last has a root of its own, as if somebody had changed row and bytes together.</summary>
    private bool _isForged;

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
            var (bytes, root) = (snapshot.Content.Bytes.ToArray(), snapshot.Content.Root);
            _isForged = false;
            if (world.Chance(Damaged))
            {
                bytes[world.Random.Next(bytes.Length)] ^= 1;
                _isForged = world.Chance(0.5);
                root = _isForged ? System.Security.Cryptography.SHA256.HashData(bytes) : root;
            }

            SnapshotReader reader;
            try
            {
                reader = MissionSnapshot.Open(bytes, root);
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

    public void Refused(StreamRef stream, long seq, string reason)
    {
        if (!_isForged)
        {
            throw new InvariantException($"The snapshot of {stream} at seq {seq} was judged good and does not fit the log: {reason}");
        }

        (world.SnapshotsUsed, world.SnapshotsRefused, world.SnapshotsForged) = (world.SnapshotsUsed - 1, world.SnapshotsRefused + 1, world.SnapshotsForged + 1);
    }

    public Task ForgetAsync(StreamRef stream, CancellationToken cancel) => Task.CompletedTask;
}

/// <summary>A snapshot that counts.</summary>
internal sealed record SimSnapshot(StreamRef Stream, SnapshotContent Content);
