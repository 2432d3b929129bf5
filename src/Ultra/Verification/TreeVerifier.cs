using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>Rebuilds the Merkle tree over commits from its leaf rows and compares every signed head with it.</summary>
internal sealed class TreeVerifier(KeyRegistry keys, Dictionary<(HostId Host, long Number), byte[]> commitLeaves, FindingList findings)
{
    private readonly MerkleAccumulator _tree = new();

    public long Checkpoints { get; private set; }

    /// <summary>Leaves under the newest signed head.</summary>
    public long Covered { get; private set; }

    public async Task VerifyAsync(ILogReader reader, string? externalNote, CancellationToken ct)
    {
        var external = externalNote is null ? null : OpenExternal(externalNote);
        await using var checkpoints = reader.Checkpoints(ct).GetAsyncEnumerator(ct);
        var pending = await checkpoints.MoveNextAsync();
        await foreach (var leaf in reader.Leaves(ct))
        {
            Append(leaf);
            if (external?.Size == _tree.Size)
            {
                VerifyExternal(external);
            }

            while (pending && checkpoints.Current.TreeSize <= _tree.Size)
            {
                Verify(checkpoints.Current);
                pending = await checkpoints.MoveNextAsync();
            }
        }

        for (; pending; pending = await checkpoints.MoveNextAsync())
        {
            Checkpoints++;
            findings.Add(FindingCodes.CheckpointBeyondTree, $"The checkpoint of {checkpoints.Current.TreeSize} leaves has only {_tree.Size} beneath it.");
        }

        if (external?.Size > _tree.Size)
        {
            findings.Add(FindingCodes.ShorterThanExternalCheckpoint, $"The given checkpoint saw {external.Size} leaves; the log has {_tree.Size}. Its tail was cut.");
        }
    }

    private void Append(LeafRow leaf)
    {
        if (leaf.Index != _tree.Size)
        {
            findings.Add(FindingCodes.LeafGap, $"Leaf {leaf.Index} stands where leaf {_tree.Size} was expected.");
        }

        if (!commitLeaves.Remove((leaf.Host, leaf.CommitNumber), out var expected))
        {
            findings.Add(FindingCodes.LeafWithoutCommit, $"Leaf {leaf.Index} names commit {leaf.CommitNumber} of {leaf.Host}, which is not in the log or has a leaf already.");
            expected = leaf.Leaf;
        }
        else if (!leaf.Leaf.AsSpan().SequenceEqual(expected))
        {
            findings.Add(FindingCodes.LeafMismatch, $"Leaf {leaf.Index} is not that of commit {leaf.CommitNumber} of {leaf.Host}.");
        }

        _tree.Append(expected);
    }

    private void Verify(CheckpointRow row)
    {
        Checkpoints++;
        if (Open(row.Note, onlySignature: true) is not { } checkpoint || checkpoint.Size != row.TreeSize || !checkpoint.Root.AsSpan().SequenceEqual(row.Root))
        {
            findings.Add(FindingCodes.CheckpointInvalid, $"The checkpoint of {row.TreeSize} leaves is not a note of this fabric's log key saying the same.");
            return;
        }

        if (row.TreeSize != _tree.Size || !_tree.Root().AsSpan().SequenceEqual(row.Root))
        {
            findings.Add(FindingCodes.CheckpointRoot, $"The checkpoint of {row.TreeSize} leaves is not the head of the first {row.TreeSize} leaves.");
            return;
        }

        Covered = row.TreeSize;
    }

    private Checkpoint? OpenExternal(string note)
    {
        var checkpoint = Open(note, onlySignature: false);
        if (checkpoint is null)
        {
            findings.Add(FindingCodes.ExternalCheckpointInvalid, "The given checkpoint is not a note of this fabric's log key.");
        }

        return checkpoint;
    }

    private void VerifyExternal(Checkpoint external)
    {
        if (!_tree.Root().AsSpan().SequenceEqual(external.Root))
        {
            findings.Add(FindingCodes.ExternalCheckpointRoot, $"The first {external.Size} leaves are not those the given checkpoint saw.");
        }
    }

    private Checkpoint? Open(string note, bool onlySignature)
    {
        if (keys.Fabric is not { } fabric || !SignedNote.TrySplit(note, out var unverified, out _)
            || Checkpoint.TryParse(unverified) is not { Size: > 0 } checkpoint || checkpoint.Origin != Checkpoint.OriginOf(fabric))
        {
            return null;
        }

        foreach (var key in keys.LogKeys)
        {
            if ((checkpoint.TimeUs is null || key.IsValidAt(checkpoint.TimeUs.Value))
                && SignedNote.Open(note, new NoteKey(checkpoint.Origin, key.Key), onlySignature) is not null)
            {
                return checkpoint;
            }
        }

        return null;
    }
}
