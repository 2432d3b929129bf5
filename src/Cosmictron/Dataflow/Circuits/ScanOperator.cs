namespace Voxeltron.Cosmictron;

/// <summary>A table's changed rows, the columns that are read.</summary>
internal sealed class ScanOperator(ScanPlan plan, StepContext context) : Operator(plan, context)
{
    private readonly int[] _ordinals = plan.Ordinals;
    private readonly int _fields = plan.Ordinals.Length == 0 ? 0 : plan.Ordinals.Max() + 1;

    protected override bool IsTouched => Output.Count > 0;

    /// <summary>Takes a change before the step.</summary>
    public void Feed(in RowChange change, long weight)
    {
        if (change.Before != RecordHeap.NoRecord)
        {
            Encode(change.Table.RecordAt(change.Before).Row, -weight);
        }

        if (change.After != RecordHeap.NoRecord)
        {
            Encode(change.Table.RecordAt(change.After).Row, weight);
        }
    }

    protected override void Advance()
    {
    }

    private void Encode(ReadOnlySpan<byte> tuple, long weight)
    {
        Span<int> starts = stackalloc int[TableSchema.MaxColumns];
        var position = sizeof(ushort);
        for (var i = 0; i < _fields; i++)
        {
            starts[i] = position;
            Field.ReadTrusted(tuple, ref position);
        }

        foreach (var ordinal in _ordinals)
        {
            position = starts[ordinal];
            Output.Building.AppendField(Field.ReadTrusted(tuple, ref position));
        }

        Output.End(weight);
    }
}
