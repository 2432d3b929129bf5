using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>
/// Judges a whole log from its rows and one public key. Every column of entry, seal, commit, head, leaf and checkpoint
/// is recomputed or covered by a signature; every signature is checked.
/// </summary>
/// <remarks>
/// Memory is bounded by streams + commits + keys, never by entries: entries and seals pass through once.
/// What it cannot know by itself: that a tail was cut together with its commits, leaves and checkpoints.
/// Only a checkpoint kept elsewhere tells; give it as <c>externalCheckpoint</c>. Of a log that lacks streams it cannot know
/// either whether the newest entries of a stream were left out and passed off as another stream's: heads are signed by nobody.
/// </remarks>
/// <param name="rootPublicKey">From a file the operator handed over, never from the log's own database.</param>
public sealed class LogVerifier(byte[] rootPublicKey)
{
    public Task<VerificationReport> VerifyAsync(ILogReader reader, CancellationToken ct) => VerifyAsync(reader, externalCheckpoint: null, ct);

    /// <param name="externalCheckpoint">A signed note of this fabric's log, kept outside; null when there is none.</param>
    public async Task<VerificationReport> VerifyAsync(ILogReader reader, string? externalCheckpoint, CancellationToken ct)
    {
        var findings = new FindingList();
        var keys = await KeyRegistry.ReadAsync(reader, rootPublicKey, findings, ct);
        var heads = await ReadHeadsAsync(reader, findings, ct);
        var isPartial = reader is IPartialLog { IsPartial: true };
        var commits = new CommitVerifier(keys, findings, isPartial);
        var totals = new StreamTotals();
        var signatures = new IntentSignatureCheck();

        StreamRef? before = null;
        await foreach (var stream in reader.Streams(ct))
        {
            if (before is { } last && last >= stream)
            {
                throw new InvariantException($"The log reader gave stream {stream} after {last}; commit roots need them in order.");
            }

            before = stream;
            heads.Remove(stream, out var head);
            await new StreamVerifier(stream, head, keys, commits, totals, findings, signatures).VerifyAsync(reader, ct);
        }

        foreach (var stream in heads.Keys)
        {
            findings.Add(FindingCodes.HeadWithoutStream, stream, seq: null, "A head stands for a stream that has no entries.");
        }

        await commits.VerifyAsync(reader, ct);
        var tree = new TreeVerifier(keys, commits.Leaves, findings);
        await tree.VerifyAsync(reader, externalCheckpoint, ct);
        return new VerificationReport(
            totals.Entries,
            totals.Streams,
            commits.Count,
            totals.Seals,
            tree.Checkpoints,
            totals.HostSealedOnly,
            totals.PayloadsErased,
            Math.Max(0, commits.Count - tree.Covered),
            findings.All)
        {
            IsPartial = isPartial,
            CommitsElsewhere = commits.Elsewhere,
        };
    }

    private static async Task<Dictionary<StreamRef, HeadRow>> ReadHeadsAsync(ILogReader reader, FindingList findings, CancellationToken ct)
    {
        var heads = new Dictionary<StreamRef, HeadRow>();
        await foreach (var head in reader.Heads(ct))
        {
            var stream = new StreamRef(head.Tenant, head.Stream);
            if (!heads.TryAdd(stream, head))
            {
                findings.Add(FindingCodes.HeadMismatch, stream, head.Seq, "The stream has two heads.");
            }
        }

        return heads;
    }
}
