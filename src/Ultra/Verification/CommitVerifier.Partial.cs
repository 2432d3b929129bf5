namespace Voxeltron.Ultra;

// Commits of a log that lacks streams: the leaves of the absent ones stand beside those of the seals that are there.
internal sealed partial class CommitVerifier
{
    /// <summary>Commits whose streams are all absent.</summary>
    public long Elsewhere { get; private set; }

    private void VerifyPartially(CommitRow commit, string name, IReadOnlyList<AbsentSeal> absent)
    {
        if (!_tallies.Remove((commit.Host, commit.Number), out var tally))
        {
            tally = new CommitTally(keepLeaves: true);
        }

        if (tally.Streams == 0 && absent.Count == 0)
        {
            Elsewhere++;
            return;
        }

        // Each absent stream has at least one entry; how many, only its own seal says.
        var entriesFit = absent.Count == 0 ? tally.Entries == commit.EntryCount : tally.Entries + absent.Count <= commit.EntryCount;
        if (tally.Streams + absent.Count != commit.StreamCount || !entriesFit)
        {
            findings.Add(FindingCodes.CommitCounts, $"{name} says {commit.StreamCount} streams and {commit.EntryCount} entries; here are {tally.Streams} streams with {tally.Entries} entries, and leaves of {absent.Count} others.");
        }

        if (RootOf(tally.Leaves, absent) is not { } root || !root.AsSpan().SequenceEqual(commit.Root))
        {
            findings.Add(FindingCodes.CommitRoot, $"{name}: its root is not that of its host seals and the leaves of absent streams.");
        }
    }

    /// <summary>Absent leaves at their positions, the others in the places left, in order; null when a position is none.</summary>
    private static byte[]? RootOf(IReadOnlyList<byte[]> present, IReadOnlyList<AbsentSeal> absent)
    {
        var tree = new MerkleAccumulator();
        var (nextPresent, nextAbsent) = (0, 0);
        for (var position = 0; position < present.Count + absent.Count; position++)
        {
            if (nextAbsent < absent.Count && absent[nextAbsent] is { } seal && seal.Position == position && seal.Leaf.Length == Chain.Bytes)
            {
                nextAbsent++;
                tree.Append(seal.Leaf);
            }
            else if (nextPresent < present.Count)
            {
                tree.Append(present[nextPresent++]);
            }
            else
            {
                return null;
            }
        }

        return tree.Root();
    }
}
