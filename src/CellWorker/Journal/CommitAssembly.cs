using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>Turns taken groups into one commit: its rows at once; host, cell and actor seals per stream and the commit's own signature beside the sending, where there are many.</summary>
internal sealed class CommitAssembly(HostId host, ISigner signer)
{
    /// <summary>A signature costs 31 µs, a stream needs one and each completed cell another. Below this the hand-over to another core costs as much.</summary>
    private const int SealBesideFrom = 8;

    /// <param name="parts">In <see cref="StreamRef"/> order: the order of the commit's root and of the head updates.</param>
    public CommitBatch Assemble(List<CommitPart> parts, long number, byte[] previous, long timeUs)
    {
        var streams = new StreamBatch[parts.Count];
        for (var i = 0; i < streams.Length; i++)
        {
            var (queue, groups, entries) = (parts[i].Queue, parts[i].Groups, parts[i].Entries);
            streams[i] = new StreamBatch(queue.Stream.Tenant, queue.Stream.Stream, queue.Epoch, queue.PreviousEpoch, entries, ProjectionMerge.Merge(groups));
        }

        // The caller may change its list while seals are still made: a fenced stream leaves it.
        CommitPart[] sealedParts = [.. parts];
        var sealing = parts.Count < SealBesideFrom
            ? Task.FromResult(Seal(sealedParts, number, previous, timeUs))
            : Task.Run(() => Seal(sealedParts, number, previous, timeUs));
        return new CommitBatch(host, number, streams, sealing);
    }

    private CommitSeals Seal(CommitPart[] parts, long number, byte[] previous, long timeUs)
    {
        var seals = new List<SealRow>(parts.Length * 3);
        var hostSeals = new SealRow[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            hostSeals[i] = SealBuilder.Host(signer, host, number, parts[i].Entries);
            seals.Add(hostSeals[i]);
            foreach (var group in parts[i].Groups)
            {
                AddSeals(seals, group, number);
            }
        }

        return new CommitSeals(CommitBuilder.Build(signer, host, number, timeUs, hostSeals, previous), seals);
    }

    private void AddSeals(List<SealRow> seals, EntryGroup group, long number)
    {
        foreach (var seal in group.ActorSeals)
        {
            seals.Add(SealBuilder.Actor(seal.Intent, seal.Seq, host, number));
        }

        foreach (var request in group.CellSeals)
        {
            seals.Add(SealBuilder.Cell(request.Key, host, number, request.Range));
        }
    }
}

/// <summary>One stream's taken groups on their way into a commit.</summary>
internal sealed class CommitPart
{
    public CommitPart(StreamQueue queue, List<EntryGroup> groups)
    {
        Queue = queue;
        Groups = groups;
        var entries = new List<Entry>();
        foreach (var group in groups)
        {
            entries.AddRange(group.Entries);
            Bytes += group.Bytes;
        }

        Entries = entries;
    }

    public StreamQueue Queue { get; }

    public List<EntryGroup> Groups { get; }

    public List<Entry> Entries { get; }

    /// <summary>Bytes of their bodies and payloads.</summary>
    public long Bytes { get; }
}
