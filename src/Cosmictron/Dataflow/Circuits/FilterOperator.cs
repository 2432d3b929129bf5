namespace Voxeltron.Cosmictron;

/// <summary>Rows for which a condition is true.</summary>
internal sealed class FilterOperator(FilterPlan plan, Operator input, StepContext context) : Operator(plan, context, input)
{
    private readonly RowReader _reader = new(plan.Columns, [plan.Condition], []);
    private readonly Expression _condition = plan.Condition;

    protected override void Advance()
    {
        var rows = input.Output;
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows.Row(i);
            try
            {
                var value = _condition.Evaluate(_reader.Read(row));
                if (!value.IsNull && value.Bool)
                {
                    Output.Add(row, rows.Weight(i));
                }
            }
            catch (ViewFault fault)
            {
                if (!GoesOn(fault, rows, Output, ref i))
                {
                    return;
                }
            }
        }
    }
}
