using Voxeltron.Kernel;

namespace Voxeltron.Cosmictron;

/// <remarks>
/// Two sums a table. The running one follows write sets: a commit takes away what it replaced and adds what it wrote, as
/// the bytes lie at that moment. The scrubber walks all row ids and sums what it finds; a commit that touches an id
/// already passed changes both sums, one that touches an id ahead only the running one; a row removed and written again
/// as it was has another id, and moves from one side of the scrubber to the other. So at the end of a pass, writes
/// or not, the sums are equal unless a byte changed that nobody wrote.
/// </remarks>
public sealed partial class MissionStore
{
    private readonly SetHash[] _running;
    private readonly SetHash[] _pass;
    private int _scrubbed;

    // A record so damaged that it says no table; its pass ends with every table named.
    private bool _lost;

    /// <summary>Set hashes are kept: damage can be found.</summary>
    public bool CanScrub => Limits.SetHashes;

    /// <summary>The table's running set hash: equal for equal sets of rows, whatever order they were written in. Null when limits turn it off.</summary>
    public byte[]? SetHashOf(string table)
    {
        foreach (var candidate in _tables)
        {
            if (candidate.Schema.Name == table)
            {
                return Limits.SetHashes ? _running[candidate.Number].ToArray() : null;
            }
        }

        throw new ArgumentException($"Table '{table}' is not declared.", nameof(table));
    }

    /// <summary>Hashes up to <paramref name="rows"/> further rows again. Write sets and rows handed out before are invalid after it.</summary>
    /// <exception cref="InvariantException">Set hashes are turned off, or a transaction is open.</exception>
    public ScrubReport ScrubNext(int rows)
    {
        if (!Limits.SetHashes)
        {
            throw new InvariantException("There is nothing to scrub against: the store keeps no set hashes.");
        }

        NextTurn();
        var first = _scrubbed;
        _scrubbed = Math.Min(_rows.Bound, first + rows);
        for (var id = first; id < _scrubbed; id++)
        {
            if (_rows[id] <= 0)
            {
                continue;
            }

            var block = _heap.Block(_rows[id]);
            if (Record.IsWhole(block, id, _tables))
            {
                var record = new Record(block);
                _pass[record.Table].Add(SetHash.Of(record));
            }
            else
            {
                _lost = true;
            }
        }

        return _scrubbed < _rows.Bound ? new ScrubReport(_scrubbed - first, false, []) : EndPass(_scrubbed - first);
    }

    internal void Entered(Table table, int id)
    {
        if (Limits.SetHashes)
        {
            Follow(table, id, SetHash.Of(table.RecordOf(id)), isAdded: true);
        }
    }

    private ScrubReport EndPass(int rows)
    {
        var corrupt = new List<string>();
        foreach (var table in _tables)
        {
            if (_lost || !_pass[table.Number].Is(_running[table.Number]))
            {
                corrupt.Add(table.Schema.Name);
            }
        }

        Array.Clear(_pass);
        _scrubbed = 0;
        _lost = false;
        return new ScrubReport(rows, true, corrupt);
    }

    private void FollowChanges()
    {
        foreach (ref readonly var change in _changes.Changes)
        {
            if (change.Before != RecordHeap.NoRecord)
            {
                Follow(change.Table, change.BeforeId, SetHash.Of(change.Table.RecordAt(change.Before)), isAdded: false);
            }

            if (change.After != RecordHeap.NoRecord)
            {
                Follow(change.Table, change.AfterId, SetHash.Of(change.Table.RecordAt(change.After)), isAdded: true);
            }
        }

        FollowMoves();
    }

    private void FollowMoves()
    {
        for (var i = 0; i < _changes.Moves.Count; i++)
        {
            var (table, from, to) = _changes.Moves[i];
            if (from < _scrubbed == to < _scrubbed)
            {
                continue;
            }

            var hash = SetHash.Of(table.RecordOf(to));
            if (from < _scrubbed)
            {
                _pass[table.Number].Subtract(hash);
            }
            else
            {
                _pass[table.Number].Add(hash);
            }
        }
    }

    private void Follow(Table table, int id, in SetHash hash, bool isAdded)
    {
        Move(ref _running[table.Number], hash, isAdded);
        if (id < _scrubbed)
        {
            Move(ref _pass[table.Number], hash, isAdded);
        }

        static void Move(ref SetHash sum, in SetHash hash, bool isAdded)
        {
            if (isAdded)
            {
                sum.Add(hash);
            }
            else
            {
                sum.Subtract(hash);
            }
        }
    }
}
