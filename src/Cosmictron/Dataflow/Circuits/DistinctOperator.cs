namespace Voxeltron.Cosmictron;

/// <summary>Each row once, while it is there at all.</summary>
internal sealed class DistinctOperator(DistinctPlan plan, Operator input, StepContext context) : Operator(plan, context, input)
{
    private readonly Trace _rows = new(context.Space, isOrdered: false);

    public override IReadOnlyList<Trace> Traces => [_rows];

    protected override void Advance()
    {
        var rows = input.Output;
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows.Row(i);
            var (before, after) = _rows.Add(row, rows.Weight(i));
            if (before > 0 != after > 0 && Gives)
            {
                Output.Add(row, after > 0 ? 1 : -1);
            }
        }
    }
}
