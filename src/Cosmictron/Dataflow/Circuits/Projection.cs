namespace Voxeltron.Cosmictron;

/// <summary>Some expressions over a row, written one behind the other. Columns are copied as they lie.</summary>
internal sealed class Projection
{
    private readonly RowReader _reader;
    private readonly Expression[] _expressions;

    // By expression: the column it is, or -1.
    private readonly int[] _copied;

    public Projection(IReadOnlyList<ViewColumn> columns, IReadOnlyList<Expression> expressions)
    {
        _expressions = [.. expressions];
        _copied = [.. expressions.Select(static expression => (expression as ColumnExpression)?.Position ?? -1)];
        _reader = new RowReader(
            columns, expressions.Where(static expression => expression is not ColumnExpression), _copied.Where(static column => column >= 0));
    }

    /// <summary>Appends the values.</summary>
    /// <returns>None of them is null.</returns>
    /// <exception cref="ViewFault">Some were appended, others not: cut the buffer.</exception>
    public bool Append(ReadOnlySpan<byte> row, RowBuffer target)
    {
        var context = _reader.Read(row);
        var isWhole = true;
        for (var i = 0; i < _expressions.Length; i++)
        {
            if (_copied[i] >= 0)
            {
                var field = RowCodec.FieldOf(row, _reader.Ends, _copied[i]);
                isWhole &= !RowCodec.IsNull(field);
                target.Append(field);
            }
            else
            {
                var value = _expressions[i].Evaluate(context);
                isWhole &= !value.IsNull;
                target.AppendValue(_expressions[i].Type.Type, value, context);
            }
        }

        return isWhole;
    }
}
