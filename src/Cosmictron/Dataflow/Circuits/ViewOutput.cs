namespace Voxeltron.Cosmictron;

/// <summary>The rows of a view, and what the last step changed of them.</summary>
internal sealed class ViewOutput(Operator source, TraceSpace space)
{
    public Plan Plan => source.Plan;

    /// <summary>In the order of the rows.</summary>
    public Trace Rows { get; } = new(space, isOrdered: true);

    /// <summary>Sorted, each row once; until the next step.</summary>
    public Batch Delta => source.Output;

    public RowCodec Codec { get; } = new(source.Plan.Columns);

    public Operator Source => source;

    public void Step()
    {
        var rows = source.Output;
        rows.Consolidate();
        for (var i = 0; i < rows.Count; i++)
        {
            Rows.Add(rows.Row(i), rows.Weight(i));
        }
    }
}
