using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>Turns taken groups into one sealed commit: host, cell and actor seals per stream, then the commit's own root and signature.</summary>
internal sealed class CommitAssembly(HostId host, ISigner signer)
{
    private const int SealTogetherFrom = 8;

    /// <param name="parts">In <see cref="StreamRef"/> order: the order of the commit's root and of the head updates.</param>
    public CommitBatch Assemble(IReadOnlyList<CommitPart> parts, long number, byte[] previous, long timeUs)
    {
        var streams = new StreamBatch[parts.Count];
        var hostSeals = new SealRow[parts.Count];
        if (parts.Count < SealTogetherFrom)
        {
            for (var i = 0; i < parts.Count; i++)
            {
                (streams[i], hostSeals[i]) = Seal(parts[i], number);
            }
        }
        else
        {
            // A signature costs 31 µs, a stream needs one and each completed cell another: many streams are sealed on all cores.
            Parallel.For(0, parts.Count, i => (streams[i], hostSeals[i]) = Seal(parts[i], number));
        }

        var commit = CommitBuilder.Build(signer, host, number, timeUs, hostSeals, previous);
        return new CommitBatch(commit, streams);
    }

    private (StreamBatch Stream, SealRow HostSeal) Seal(CommitPart part, long number)
    {
        var hostSeal = SealBuilder.Host(signer, host, number, part.Entries);
        var seals = new List<SealRow> { hostSeal };
        foreach (var group in part.Groups)
        {
            foreach (var seal in group.ActorSeals)
            {
                seals.Add(SealBuilder.Actor(seal.Intent, seal.Seq, host, number));
            }

            foreach (var request in group.CellSeals)
            {
                seals.Add(SealBuilder.Cell(request.Key, host, number, request.Entries));
            }
        }

        var stream = new StreamBatch(
            part.Queue.Stream.Tenant, part.Queue.Stream.Stream, part.Queue.Epoch, part.Queue.PreviousEpoch, part.Entries, seals, ProjectionMerge.Merge(part.Groups));
        return (stream, hostSeal);
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
        }

        Entries = entries;
    }

    public StreamQueue Queue { get; }

    public List<EntryGroup> Groups { get; }

    public List<Entry> Entries { get; }
}
