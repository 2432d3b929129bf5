using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>Judges commits against the host seals seen before, and keeps each commit's leaf hash for the tree. Memory: O(commits).</summary>
/// <param name="isPartial">The log lacks streams of its fabric: roots are rebuilt with the leaves of the absent ones.</param>
internal sealed partial class CommitVerifier(KeyRegistry keys, FindingList findings, bool isPartial)
{
    private readonly Dictionary<(HostId Host, long Number), CommitTally> _tallies = [];

    // The highest commit any seal names, per host: cell seals may ride on a later commit than their entries.
    private readonly Dictionary<HostId, long> _named = [];
    private readonly Dictionary<HostId, long> _last = [];

    /// <summary>Leaf hash per commit; the tree takes out what it holds.</summary>
    public Dictionary<(HostId Host, long Number), byte[]> Leaves { get; } = [];

    public long Count { get; private set; }

    /// <summary>Call in stream order: the commit's root covers its streams in that order.</summary>
    public void AddHostSeal(SealRow seal, byte[] statement)
    {
        if (!_tallies.TryGetValue((seal.Host, seal.CommitNumber), out var tally))
        {
            _tallies.Add((seal.Host, seal.CommitNumber), tally = new CommitTally(keepLeaves: isPartial));
        }

        tally.Add(seal, statement);
    }

    public void Name(HostId host, long number) => _named[host] = Math.Max(_named.GetValueOrDefault(host), number);

    public async Task VerifyAsync(ILogReader reader, CancellationToken ct)
    {
        CommitRow? before = null;
        byte[] link = [];
        await using var absent = AbsentStreams.Of(reader, ct);
        await foreach (var commit in reader.Commits(ct))
        {
            if (before?.Host != commit.Host)
            {
                before = null;
                link = CommitBuilder.FirstPrevious;
            }

            Verify(commit, before, link, absent is null ? [] : await absent.TakeAsync(commit, findings));
            before = commit;
            if (InRange(commit))
            {
                link = Statements.Link(commit);
            }

            Count++;
        }

        if (absent is not null)
        {
            await absent.EndAsync(findings);
        }

        foreach (var (host, number) in _tallies.Keys)
        {
            findings.Add(FindingCodes.CommitMissing, $"Seals name commit {number} of {host}, which is not in the log.");
        }

        foreach (var (host, number) in _named)
        {
            if (number > _last.GetValueOrDefault(host))
            {
                findings.Add(FindingCodes.CommitMissing, $"A cell seal names commit {number} of {host}; its last is {_last.GetValueOrDefault(host)}.");
            }
        }
    }

    private void Verify(CommitRow commit, CommitRow? before, byte[] link, IReadOnlyList<AbsentSeal> absent)
    {
        var name = $"Commit {commit.Number} of {commit.Host}";
        if (!InRange(commit))
        {
            findings.Add(FindingCodes.CommitMalformed, $"{name} holds numbers no signed statement can.");
            return;
        }

        var expected = (before?.Number ?? 0) + 1;
        if (commit.Number != expected)
        {
            findings.Add(FindingCodes.CommitGap, $"{name}: number {expected} was expected.");
        }

        if (!commit.Previous.AsSpan().SequenceEqual(link))
        {
            findings.Add(FindingCodes.CommitPrevious, $"{name} does not follow the commit before it.");
        }

        var key = keys.Find(commit.Signer, KeyRoles.Host, Actors.Host(commit.Host), commit.TimeUs, stream: null, seq: null);
        var statement = Statements.Of(commit);
        if (key is not null && !Ed25519.Verify(key, Dsse.Pae(Dsse.CommitType, statement), commit.Signature))
        {
            findings.Add(FindingCodes.CommitSignature, $"{name}: the signature does not fit its columns.");
        }

        if (isPartial)
        {
            VerifyPartially(commit, name, absent);
        }
        else
        {
            VerifyAgainstSeals(commit, name);
        }

        _last[commit.Host] = commit.Number;
        if (!Leaves.TryAdd((commit.Host, commit.Number), Statements.Leaf(commit)))
        {
            findings.Add(FindingCodes.CommitGap, $"{name} is in the log twice.");
        }
    }

    private void VerifyAgainstSeals(CommitRow commit, string name)
    {
        if (!_tallies.Remove((commit.Host, commit.Number), out var tally))
        {
            tally = new CommitTally();
        }

        if (tally.Streams != commit.StreamCount || tally.Entries != commit.EntryCount)
        {
            findings.Add(FindingCodes.CommitCounts, $"{name} says {commit.StreamCount} streams and {commit.EntryCount} entries; its host seals say {tally.Streams} and {tally.Entries}.");
        }

        if (!tally.Root().AsSpan().SequenceEqual(commit.Root))
        {
            findings.Add(FindingCodes.CommitRoot, $"{name}: its root is not that of its host seals.");
        }
    }

    private static bool InRange(CommitRow commit) =>
        JcsNumber.IsSafe(commit.Number) && JcsNumber.IsSafe(commit.TimeUs);
}
