namespace Voxeltron.Cosmictron;

/// <summary>All rows of all inputs; one input may be there several times.</summary>
internal sealed class UnionOperator(UnionPlan plan, Operator[] inputs, StepContext context) : Operator(plan, context, inputs)
{
    protected override void Advance()
    {
        for (var at = 0; at < Inputs.Count; at++)
        {
            var rows = Inputs[at].Output;
            for (var i = 0; i < rows.Count; i++)
            {
                Output.Add(rows.Row(i), rows.Weight(i));
            }
        }
    }
}
