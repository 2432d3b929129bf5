using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>Turns taken groups into one sealed commit: host, cell and actor seals per stream, then the commit's own root and signature.</summary>
internal sealed class CommitAssembly(HostId host, ISigner signer)
{
    /// <param name="parts">In <see cref="StreamRef"/> order: the order of the commit's root and of the head updates.</param>
    public CommitBatch Assemble(IReadOnlyList<CommitPart> parts, long number, byte[] previous, long timeUs)
    {
        var streams = new List<StreamBatch>(parts.Count);
        var hostSeals = new List<SealRow>(parts.Count);
        foreach (var part in parts)
        {
            var seals = new List<SealRow>();
            var hostSeal = SealBuilder.Host(signer, host, number, part.Entries);
            hostSeals.Add(hostSeal);
            seals.Add(hostSeal);
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

            streams.Add(new StreamBatch(
                part.Queue.Stream.Tenant,
                part.Queue.Stream.Stream,
                part.Queue.Epoch,
                part.Queue.PreviousEpoch,
                part.Entries,
                seals,
                ProjectionMerge.Merge(part.Groups)));
        }

        var commit = CommitBuilder.Build(signer, host, number, timeUs, hostSeals, previous);
        return new CommitBatch(commit, streams);
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
