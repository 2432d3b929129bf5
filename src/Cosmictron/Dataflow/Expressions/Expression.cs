namespace Voxeltron.Cosmictron;

/// <summary>A typed expression over the columns of one row. <see cref="object.ToString"/> is its canonical text: equal texts compute equal values.</summary>
internal abstract class Expression(ViewType type, bool nullable)
{
    public ViewType Type { get; } = type;

    public bool Nullable { get; } = nullable;

    /// <summary>Expressions in it, itself counted, each as often as it is used: what its text and a row's value cost.</summary>
    public virtual int Size => 1;

    /// <summary>The value, as Postgres computes it.</summary>
    /// <exception cref="ViewFault">There is none.</exception>
    public abstract Value Evaluate(in EvaluationContext context);

    /// <summary>Adds the positions of the columns it reads.</summary>
    public abstract void AddColumns(ISet<int> columns);

    /// <summary>The same over rows whose columns lie elsewhere.</summary>
    public abstract Expression Move(Func<int, int> position);

    public abstract override string ToString();
}

internal sealed class ColumnExpression(int position, ViewType type, bool nullable) : Expression(type, nullable)
{
    public int Position { get; } = position;

    public override Value Evaluate(in EvaluationContext context) => context.Columns[Position];

    public override void AddColumns(ISet<int> columns) => columns.Add(Position);

    public override Expression Move(Func<int, int> position) => new ColumnExpression(position(Position), Type, Nullable);

    public override string ToString() => $"${Position}";
}

/// <summary>A value that no row changes.</summary>
internal sealed class ConstantExpression : Expression
{
    private readonly Value _value;
    private readonly byte[]? _text;

    public ConstantExpression(ViewType type, Value value)
        : base(type, value.IsNull) => _value = value;

    public ConstantExpression(byte[] textUtf8)
        : base(ViewType.Text, nullable: false) => _text = textUtf8;

    public override Value Evaluate(in EvaluationContext context) =>
        _text is null ? _value : Value.OfScratch(context.Scratch.Add(_text), _text.Length);

    public override void AddColumns(ISet<int> columns)
    {
    }

    public override Expression Move(Func<int, int> position) => this;

    public override string ToString()
    {
        if (_text is not null)
        {
            return $"'{System.Text.Encoding.UTF8.GetString(_text).Replace("'", "''", StringComparison.Ordinal)}'";
        }

        return _value.IsNull ? $"null::{Type}" : Type.Type switch
        {
            ColumnType.Bool => _value.Bool ? "true" : "false",
            ColumnType.Float64 => _value.Float64.ToString("R", System.Globalization.CultureInfo.InvariantCulture) + "::float64",
            ColumnType.Decimal => Decimals.Text(_value.Units, Type.Scale),
            _ => _value.Int64.ToString(System.Globalization.CultureInfo.InvariantCulture),
        };
    }
}

/// <summary>An operator or function over other expressions.</summary>
internal abstract class CallExpression(ViewType type, bool nullable, params Expression[] arguments) : Expression(type, nullable)
{
    public override int Size { get; } = (int)Math.Min(int.MaxValue, 1 + arguments.Sum(static argument => (long)argument.Size));

    protected Expression[] Arguments { get; } = arguments;

    protected abstract string Name { get; }

    protected abstract Expression With(Expression[] arguments);

    public override void AddColumns(ISet<int> columns)
    {
        foreach (var argument in Arguments)
        {
            argument.AddColumns(columns);
        }
    }

    public override Expression Move(Func<int, int> position) => With([.. Arguments.Select(argument => argument.Move(position))]);

    public override string ToString() => $"{Name}({string.Join(", ", Arguments.Select(static argument => argument.ToString()))})";
}
