using Voxeltron.Cells;
using Voxeltron.Execution;
using Voxeltron.Ninmu;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>A booted cell and the task attempt it runs, until the task ends or the cell is lost. Belongs to the writer section.</summary>
internal sealed class LiveTask(ReadyTask task, CellDelivery delivery, CellKey key, long bornAt) : IDisposable
{
    private readonly UnsealedEntries _unsealed = new();

    public ReadyTask Task => task;

    public Cell Cell => delivery.Cell;

    public CellDelivery Delivery => delivery;

    /// <summary>A timestamp: when the cell last signed, or was born.</summary>
    public long SealedAt { get; private set; } = bornAt;

    public bool HasUnsealed => _unsealed.Count > 0;

    public void Acted(Entry entry) => _unsealed.Add(entry);

    /// <summary>All the cell did since its last seal, to be signed in the commit that is being built.</summary>
    public CellSealRequest Seal(long now)
    {
        SealedAt = now;
        return _unsealed.Take(key);
    }

    /// <summary>The cell has ended. Its key is wiped when the seals it still owes are signed.</summary>
    public void Dispose()
    {
        Cell.Dispose();
        key.Dispose();
    }

    /// <summary>The entries' Merkle tree as it grows: what a seal signs, without holding the entries.</summary>
    private sealed class UnsealedEntries
    {
        private readonly MerkleAccumulator _tree = new();
        private EntryHeader _first;
        private long _lastSeq;

        public long Count => _tree.Size;

        public void Add(Entry entry)
        {
            if (_tree.Size == 0)
            {
                _first = entry.Header;
            }

            _lastSeq = entry.Header.Seq;
            _tree.AppendEntry(entry);
        }

        public CellSealRequest Take(CellKey key)
        {
            var range = new SealedRange(_first.Tenant, _first.Stream, _first.Seq, _lastSeq, (int)_tree.Size, _tree.Root());
            _tree.Clear();
            return new CellSealRequest(key.Share(), range);
        }
    }
}
