using Voxeltron.Cells;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>
/// A booted cell and the task attempt it runs, until the task ends or the cell is lost. While it waits the cell may sleep: then it is an
/// image in the spool, and this holds no instance. Belongs to the writer section.
/// </summary>
internal sealed class LiveTask(ReadyTask task, CellModule module, CellDelivery delivery, CellKey key, long bornAt, CellNetwork? network = null) : IDisposable
{
    private CellDelivery? _delivery = delivery;
    private UnsealedEntries? _unsealed;
    private CellPulse _pulse;
    private Spool? _spool;
    private SpoolPlace _place;

    public ReadyTask Task => task;

    /// <summary>What its cell was booted of.</summary>
    public CellModule Module => module;

    public CellId CellId { get; } = delivery.Cell.Id;

    /// <summary>What it has of the network; null for a profile without egress, and from its sleep until its next request.</summary>
    public CellNetwork? Network { get; set; } = network;

    public bool IsAsleep => _delivery is null;

    /// <summary>Of a cell that is awake.</summary>
    public CellDelivery Delivery => _delivery ?? throw new InvariantException($"Cell {CellId} sleeps and was given something to do.");

    public Cell Cell => Delivery.Cell;

    /// <summary>Its place among those of its mission that wait, longest first; null while it must not be put away.</summary>
    public LinkedListNode<LiveTask>? Idle { get; set; }

    /// <summary>How it is: telemetry.</summary>
    public ref CellPulse Pulse => ref _pulse;

    /// <summary>A timestamp: since when it waits.</summary>
    public long IdleSince { get; set; }

    /// <summary>A timestamp: when the cell last signed, or was born.</summary>
    public long SealedAt { get; private set; } = bornAt;

    public bool HasUnsealed => _unsealed is not null;

    public void Acted(Entry entry) => (_unsealed ??= new UnsealedEntries()).Add(entry);

    /// <summary>All the cell did since its last seal, to be signed in the commit that is being built.</summary>
    public CellSealRequest Seal(long now)
    {
        SealedAt = now;
        var seal = _unsealed!.Take(key);
        _unsealed = null;
        return seal;
    }

    /// <summary>Its image is in the spool: the instance goes.</summary>
    public void Sleep(Spool spool, in SpoolPlace place)
    {
        Cell.Dispose();
        _delivery = null;
        (_spool, _place) = (spool, place);
        // A namespace costs the machine more than a cell that sleeps: awake again, it takes another with its next request.
        Network?.Dispose();
        Network = null;
    }

    /// <summary>The image, while it sleeps.</summary>
    public SpoolPlace Image => _place;

    /// <summary>Another instance goes on as it.</summary>
    public void Wake(CellDelivery woken)
    {
        _spool!.Free(_place);
        _spool = null;
        _delivery = woken;
    }

    /// <summary>The cell has ended. Its key is wiped when the seals it still owes are signed.</summary>
    public void Dispose()
    {
        _delivery?.Cell.Dispose();
        // Whoever still holds this, to tell of it, must not hold an instance's remains.
        _delivery = null;
        _spool?.Free(_place);
        _spool = null;
        Network?.Dispose();
        Network = null;
        key.Dispose();
    }

    /// <summary>The entries' Merkle tree as it grows: what a seal signs, without holding the entries.</summary>
    private sealed class UnsealedEntries
    {
        private readonly MerkleAccumulator _tree = new();
        private EntryHeader _first;
        private long _lastSeq;

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
            return new CellSealRequest(key.Share(), range);
        }
    }
}
