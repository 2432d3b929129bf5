using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>What a stream's verification remembers of one booted cell until it stops: its key and its entries since its last seal.</summary>
internal sealed class SealedCell(CellId cell, byte[] publicKey)
{
    private readonly MerkleAccumulator _unsealed = new();

    public CellId Cell { get; } = cell;

    public byte[] PublicKey { get; } = publicKey;

    public long Unsealed => _unsealed.Size;

    public long FirstUnsealedSeq { get; private set; }

    /// <summary>Unix microseconds.</summary>
    public long FirstUnsealedUs { get; private set; }

    public long LastSeq { get; private set; }

    /// <summary>It delivered its task's outcome, so nothing excuses a missing seal.</summary>
    public bool Completed { get; set; }

    /// <summary>An abort or a stop of this cell is on record.</summary>
    public bool Ended { get; set; }

    public void Add(Entry entry)
    {
        if (_unsealed.Size == 0)
        {
            FirstUnsealedSeq = entry.Header.Seq;
            FirstUnsealedUs = entry.Header.TimeUs;
        }

        LastSeq = entry.Header.Seq;
        _unsealed.AppendEntry(entry);
    }

    /// <summary>The root over the unsealed entries; afterwards there are none.</summary>
    public byte[] Seal()
    {
        var root = _unsealed.Root();
        _unsealed.Clear();
        return root;
    }
}
