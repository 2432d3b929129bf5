using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>What must hold of a batch before a statement is sent. The database would refuse most of it too, but less clearly.</summary>
internal static class CommitBatchCheck
{
    public static void ThrowIfMalformed(CommitBatch batch)
    {
        if (batch.Streams.Count == 0)
        {
            throw new InvariantException($"Commit {batch.Number} holds no stream.");
        }

        for (var i = 0; i < batch.Streams.Count; i++)
        {
            var stream = batch.Streams[i];
            if (stream.Entries.Count == 0)
            {
                throw new InvariantException($"Commit {batch.Number} holds {stream.Tenant}/{stream.Stream} without entries.");
            }

            var first = stream.Entries[0].Header.Seq;
            var last = stream.Entries[^1].Header.Seq;
            if (last - first + 1 != stream.Entries.Count)
            {
                throw new InvariantException($"{stream.Tenant}/{stream.Stream} offers {stream.Entries.Count} entries as {first}..{last}.");
            }

            if (stream.PreviousEpoch == 0 && first != 1)
            {
                throw new InvariantException($"{stream.Tenant}/{stream.Stream} is new and begins at {first}.");
            }

            if (i > 0 && new StreamRef(stream.Tenant, stream.Stream) <= new StreamRef(batch.Streams[i - 1].Tenant, batch.Streams[i - 1].Stream))
            {
                throw new InvariantException($"Commit {batch.Number} does not hold its streams in order at {stream.Tenant}/{stream.Stream}.");
            }
        }
    }
}
