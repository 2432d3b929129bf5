namespace Voxeltron.Cosmictron;

/// <summary>Decodes of a row what some expressions read, into one array that is used again.</summary>
internal sealed class RowReader
{
    private readonly RowCodec _codec;
    private readonly int[] _columns;
    private readonly int[] _ends;
    private readonly Value[] _values;
    private readonly Scratch _scratch = new();

    /// <param name="found">Columns whose ends are wanted beside those the expressions read.</param>
    public RowReader(IReadOnlyList<ViewColumn> columns, IEnumerable<Expression> expressions, IEnumerable<int> found)
    {
        _codec = new RowCodec(columns);
        var read = new SortedSet<int>();
        foreach (var expression in expressions)
        {
            expression.AddColumns(read);
        }

        _columns = [.. read];
        read.UnionWith(found);
        _ends = new int[read.Count == 0 ? 0 : read.Max + 1];
        _values = new Value[columns.Count];
    }

    public ReadOnlySpan<int> Ends => _ends;

    /// <summary>Good until the next row is read.</summary>
    public EvaluationContext Read(ReadOnlySpan<byte> row)
    {
        _scratch.Clear();
        _codec.FindEnds(row, _ends);
        foreach (var column in _columns)
        {
            _values[column] = _codec.Decode(row, _ends, column, _scratch);
        }

        return new EvaluationContext(row, _values, _scratch);
    }
}
