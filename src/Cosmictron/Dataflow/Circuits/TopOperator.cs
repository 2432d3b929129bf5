using System.Buffers.Binary;

namespace Voxeltron.Cosmictron;

/// <summary>
/// The first rows of each partition. The trace has every row behind its place: the partition's bytes, then those it is
/// ordered by. A step compares each touched partition's window before and after.
/// </summary>
internal sealed class TopOperator : Operator
{
    private const int MarkBytes = sizeof(int);

    private readonly Operator _input;
    private readonly int[] _partition;
    private readonly OrderTerm[] _order;
    private readonly long _count;
    private readonly bool _withRank;
    private readonly RowCodec _codec;
    private readonly int[] _ends;

    // Extra: i32, where the row begins behind its place.
    private readonly Trace _rows;
    private readonly RowCodec _partitionCodec;
    private readonly int[] _partitionEnds;

    // As in the trace, the mark where the row begins.
    private readonly Batch _changes = new();

    // The window of one partition before the step: rows of it that count.
    private readonly Batch _before = new();

    public TopOperator(TopPlan plan, Operator input, StepContext context)
        : base(plan, context, input)
    {
        _input = input;
        _partition = plan.Partition;
        _order = [.. plan.Order];
        _count = plan.Count;
        _withRank = plan.WithRank;
        _codec = new RowCodec(input.Plan.Columns);
        _ends = new int[_partition.Concat(_order.Select(static term => term.Column)).DefaultIfEmpty(-1).Max() + 1];
        _rows = new Trace(context.Space, isOrdered: true, MarkBytes);
        _partitionEnds = new int[_partition.Length];
        _partitionCodec = new RowCodec([.. _partition.Select(column => input.Plan.Columns[column])]);
    }

    public override IReadOnlyList<Trace> Traces => [_rows];

    protected override void Advance()
    {
        Place();
        for (var first = 0; first < _changes.Count;)
        {
            var partition = PartitionOf(_changes.Row(first));
            var next = first + 1;
            while (next < _changes.Count && _changes.Row(next).StartsWith(partition))
            {
                next++;
            }

            var isSeen = IsSeen(first, partition);
            for (var i = first; i < next; i++)
            {
                _rows.Add(_changes.Row(i), _changes.Weight(i), out var extra);
                if (!extra.IsEmpty)
                {
                    BinaryPrimitives.WriteInt32LittleEndian(extra, _changes.Mark(i));
                }
            }

            if (isSeen)
            {
                Compare(partition);
            }

            first = next;
        }

        _changes.Clear();
        _before.Clear();
    }

    /// <summary>The step's rows behind their places, in order: so a partition's lie side by side, its first row first.</summary>
    private void Place()
    {
        _changes.Clear();
        var rows = _input.Output;
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows.Row(i);
            _codec.FindEnds(row, _ends);
            foreach (var column in _partition)
            {
                _changes.Building.Append(RowCodec.FieldOf(row, _ends, column));
            }

            foreach (var term in _order)
            {
                AppendOrder(RowCodec.FieldOf(row, _ends, term.Column), term, _changes.Building);
            }

            var place = _changes.BuiltBytes;
            _changes.Building.Append(row);
            _changes.End(rows.Weight(i), place);
        }

        _changes.Sort();
    }

    /// <summary>A field so that it sorts as the term says: descending is inverted bytes, nulls first another first byte.</summary>
    private static void AppendOrder(ReadOnlySpan<byte> field, OrderTerm term, RowBuffer target)
    {
        target.AppendByte(RowCodec.IsNull(field) == term.NullsFirst ? (byte)0 : (byte)1);
        if (term.Descending)
        {
            target.AppendInverted(field[1..]);
        }
        else
        {
            target.Append(field[1..]);
        }
    }

    private ReadOnlySpan<byte> PartitionOf(ReadOnlySpan<byte> placed)
    {
        _partitionCodec.FindEnds(placed, _partitionEnds);
        return placed[..(_partitionEnds.Length == 0 ? 0 : _partitionEnds[^1])];
    }

    /// <summary>Keeps the partition's window as it is, and says whether the first of its changes lies in it or may enter.</summary>
    private bool IsSeen(int first, ReadOnlySpan<byte> partition)
    {
        _before.Clear();
        var left = _count;
        var position = _rows.Seek(partition);
        while (left > 0 && _rows.TryRead(ref position, partition, out var placed, out var weight, out var extra))
        {
            var taken = Math.Min(weight, left);
            _before.Building.Append(placed);
            _before.End(taken, BinaryPrimitives.ReadInt32LittleEndian(extra));
            left -= taken;
        }

        return _count > 0 && (left > 0 || _changes.Row(first).SequenceCompareTo(_before.Row(_before.Count - 1)) <= 0);
    }

    /// <summary>Walks the window before and the one now side by side.</summary>
    private void Compare(ReadOnlySpan<byte> partition)
    {
        var left = _count;
        var old = 0;
        long oldRank = 1, rank = 1;
        var position = _rows.Seek(partition);
        while (left > 0 && _rows.TryRead(ref position, partition, out var placed, out var weight, out var extra))
        {
            var taken = Math.Min(weight, left);
            left -= taken;
            var mark = BinaryPrimitives.ReadInt32LittleEndian(extra);
            while (old < _before.Count && _before.Row(old).SequenceCompareTo(placed) < 0)
            {
                oldRank = Retract(old++, oldRank);
            }

            if (old < _before.Count && _before.Row(old).SequenceEqual(placed))
            {
                if (_before.Weight(old) == taken && (!_withRank || oldRank == rank))
                {
                    old++;
                    oldRank += taken;
                    rank += taken;
                    continue;
                }

                oldRank = Retract(old++, oldRank);
            }

            rank = Give(placed[mark..], rank, taken, 1);
        }

        while (old < _before.Count)
        {
            oldRank = Retract(old++, oldRank);
        }
    }

    private long Retract(int old, long rank) => Give(_before.Row(old)[_before.Mark(old)..], rank, _before.Weight(old), -1);

    /// <returns>The rank of the next row.</returns>
    private long Give(ReadOnlySpan<byte> row, long rank, long count, long sign)
    {
        if (!Gives)
        {
            return rank;
        }

        if (!_withRank)
        {
            Output.Add(row, sign * count);
            return rank + count;
        }

        for (var end = rank + count; rank < end; rank++)
        {
            Output.Building.Append(row);
            Output.Building.AppendInt64(rank);
            Output.End(sign);
        }

        return rank;
    }
}
