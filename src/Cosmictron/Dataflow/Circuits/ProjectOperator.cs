namespace Voxeltron.Cosmictron;

/// <summary>A row of expressions for each row.</summary>
internal sealed class ProjectOperator(ProjectPlan plan, Operator input, StepContext context) : Operator(plan, context, input)
{
    private readonly Projection _projection = new(plan.Inputs[0].Columns, plan.Expressions);

    protected override void Advance()
    {
        var rows = input.Output;
        for (var i = 0; i < rows.Count; i++)
        {
            try
            {
                _projection.Append(rows.Row(i), Output.Building);
                if (Gives)
                {
                    Output.End(rows.Weight(i));
                    LimitOutput();
                }
                else if (Context.IsLoading)
                {
                    // Rows without a value are counted to the end: the undo of this step counts them all back.
                    Output.Drop();
                }
                else
                {
                    Output.Drop();
                    return;
                }
            }
            catch (ViewFault fault)
            {
                Output.Drop();
                if (!GoesOn(fault, rows, Output, ref i))
                {
                    return;
                }
            }
        }
    }
}
