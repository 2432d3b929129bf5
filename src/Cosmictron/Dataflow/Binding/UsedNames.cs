namespace Voxeltron.Cosmictron;

/// <summary>Which columns of a source a select can read: the others need not be kept.</summary>
internal static class UsedNames
{
    /// <returns>Null: all of them.</returns>
    public static ISet<string>? In(SqlSelect select, string qualifier)
    {
        if (select.Items.Any(item => item.Expression is null && (item.Qualifier is null || item.Qualifier == qualifier)))
        {
            return null;
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var expression in select.Items.Select(static item => item.Expression).Concat(select.Joins.Select(static join => join.On))
            .Concat(select.GroupBy).Append(select.Where).Append(select.Having))
        {
            Add(expression);
        }

        return names;

        void Add(SqlExpression? expression)
        {
            switch (expression)
            {
                case SqlName name when name.Qualifier is null || name.Qualifier == qualifier:
                    names.Add(name.Name);
                    break;
                case SqlUnary unary:
                    Add(unary.Argument);
                    break;
                case SqlBinary binary:
                    Add(binary.Left);
                    Add(binary.Right);
                    break;
                case SqlIsNull test:
                    Add(test.Argument);
                    break;
                case SqlBetween between:
                    Add(between.Argument);
                    Add(between.Low);
                    Add(between.High);
                    break;
                case SqlIn list:
                    Add(list.Argument);
                    list.Values.ToList().ForEach(Add);
                    break;
                case SqlCase branches:
                    Add(branches.Operand);
                    branches.Branches.ToList().ForEach(branch =>
                    {
                        Add(branch.When);
                        Add(branch.Then);
                    });
                    Add(branches.Else);
                    break;
                case SqlCast cast:
                    Add(cast.Argument);
                    break;
                case SqlCall call:
                    call.Arguments.ToList().ForEach(Add);
                    call.Over?.Partition.ToList().ForEach(Add);
                    call.Over?.Order.ToList().ForEach(order => Add(order.By));
                    break;
            }
        }
    }
}
