using Superpower.Model;

namespace Voxeltron.Cosmictron;

internal sealed partial class Binder
{
    /// <param name="replace">Asked at each node first: what stands for it, or null.</param>
    private Expression Bind(SqlExpression expression, Scope scope, Func<SqlExpression, Expression?>? replace = null)
    {
        // A part that is used twice at each of some levels, in between or in, is a tree of as many twos.
        var bound = ++_bound <= MostBound ? BindOnce(expression, scope, replace) : throw TooLarge(expression);
        return bound.Size <= MostSize ? bound : throw TooLarge(expression);
    }

    private static ViewSqlException TooLarge(SqlExpression expression) => new(expression.At, "written out, this has too many parts: what is used again and again belongs in a query in from (…)");

    private Expression BindOnce(SqlExpression expression, Scope scope, Func<SqlExpression, Expression?>? replace)
    {
        if (replace?.Invoke(expression) is { } replaced)
        {
            return replaced;
        }

        return expression switch
        {
            SqlName name => scope.Find(name),
            SqlPosition position => scope.At(position.Column),
            SqlNumber number => Number(number),
            SqlText text => new TextLiteral(text.Text.Contains('\0', StringComparison.Ordinal) ? throw new ViewSqlException(text.At, "a text holds no U+0000") : text.Text),
            SqlBoolean { Value: null } => new ConstantExpression(Unknown, Value.OfNull),
            SqlBoolean boolean => new ConstantExpression(ViewType.Bool, Value.Of(boolean.Value!.Value)),
            SqlUnary { Operator: "not" } not => new NotExpression(Condition(not.Argument, scope, replace)),
            SqlUnary minus => Negate(minus, scope, replace),
            SqlBinary binary => Binary(binary, scope, replace),
            SqlIsNull test => IsNull(test, scope, replace),
            SqlBetween between => Between(between, scope, replace),
            SqlIn list => In(list, scope, replace),
            SqlCase branches => Case(branches, scope, replace),
            SqlCast cast => Cast(cast, scope, replace),
            SqlCall call => Call(call, scope, replace),
            _ => throw new Kernel.InvariantException($"No binding of {expression.GetType().Name}."),
        };
    }

    /// <summary>An expression that is true, false or null.</summary>
    private Expression Condition(SqlExpression expression, Scope scope, Func<SqlExpression, Expression?>? replace = null)
    {
        var bound = Bind(expression, scope, replace);
        return bound.Type == ViewType.Bool || bound.Type == Unknown
            ? To(expression.At, bound, ViewType.Bool)
            : throw new ViewSqlException(expression.At, $"a condition is wanted here, not {bound.Type}");
    }

    private Expression Negate(SqlUnary minus, Scope scope, Func<SqlExpression, Expression?>? replace)
    {
        // The least int64 has no positive to be the negative of.
        if (minus.Argument is SqlNumber { Text: "9223372036854775808" })
        {
            return new ConstantExpression(ViewType.Int64, Value.Of(long.MinValue));
        }

        var argument = Bind(minus.Argument, scope, replace);
        return argument.Type.Type is ColumnType.Int64 or ColumnType.Float64 or ColumnType.Decimal
            ? new NegateExpression(argument)
            : throw new ViewSqlException(minus.At, $"{argument.Type} has no negative");
    }

    private Expression Binary(SqlBinary binary, Scope scope, Func<SqlExpression, Expression?>? replace)
    {
        switch (binary.Operator)
        {
            case "and":
                return new AndExpression(Condition(binary.Left, scope, replace), Condition(binary.Right, scope, replace));
            case "or":
                return new OrExpression(Condition(binary.Left, scope, replace), Condition(binary.Right, scope, replace));
        }

        var (left, right) = (Bind(binary.Left, scope, replace), Bind(binary.Right, scope, replace));
        return binary.Operator switch
        {
            "=" => Compare(binary.At, Comparison.Equal, left, right),
            "<>" => Compare(binary.At, Comparison.NotEqual, left, right),
            "<" => Compare(binary.At, Comparison.Less, left, right),
            "<=" => Compare(binary.At, Comparison.LessOrEqual, left, right),
            ">" => Compare(binary.At, Comparison.Greater, left, right),
            ">=" => Compare(binary.At, Comparison.GreaterOrEqual, left, right),
            "||" => new ConcatExpression(TextOf(binary.At, left), TextOf(binary.At, right)),
            "+" => Arithmetically(binary.At, Arithmetic.Add, left, right),
            "-" => Arithmetically(binary.At, Arithmetic.Subtract, left, right),
            "*" => Arithmetically(binary.At, Arithmetic.Multiply, left, right),
            "/" => Arithmetically(binary.At, Arithmetic.Divide, left, right),
            _ => Arithmetically(binary.At, Arithmetic.Modulo, left, right),
        };
    }

    private static CompareExpression Compare(Position at, Comparison comparison, Expression left, Expression right)
    {
        var (type, sides) = Unify(at, [left, right]);
        return type.IsComparable ? new CompareExpression(comparison, sides[0], sides[1]) : throw new ViewSqlException(at, $"{type} cannot be compared");
    }

    private static Expression TextOf(Position at, Expression expression) =>
        expression.Type == ViewType.Text || expression.Type == Unknown ? To(at, expression, ViewType.Text) : throw new ViewSqlException(at, $"|| joins texts, not {expression.Type}: write cast(… as text)");

    private static ArithmeticExpression Arithmetically(Position at, Arithmetic operation, Expression left, Expression right)
    {
        var (type, sides) = Unify(at, [left, right]);
        switch (type.Type)
        {
            case ColumnType.Int64:
                return new ArithmeticExpression(operation, type, sides[0], sides[1]);
            case ColumnType.Float64 when operation != Arithmetic.Modulo:
                return new ArithmeticExpression(operation, type, sides[0], sides[1]);
            case ColumnType.Decimal when operation == Arithmetic.Divide:
                throw new ViewSqlException(at, "how many digits a decimal's quotient has must be said: round(a / b, n)");
            case ColumnType.Decimal when operation == Arithmetic.Multiply:
                // Each with its own digits: a product has as many as both.
                var (one, other) = (Exact(at, left), Exact(at, right));
                var scale = one.Type.Scale + other.Type.Scale;
                return scale <= Column.MaxPrecision
                    ? new ArithmeticExpression(operation, ViewType.Decimal(scale), one, other)
                    : throw new ViewSqlException(at, $"the product has {scale} digits after the point and {Column.MaxPrecision} are allowed: round one side first");
            case ColumnType.Decimal:
                return new ArithmeticExpression(operation, type, sides[0], sides[1]);
            default:
                throw new ViewSqlException(at, $"there is no arithmetic of {type}");
        }
    }

    private static Expression Exact(Position at, Expression expression) =>
        expression.Type.Type == ColumnType.Decimal ? expression : To(at, expression, ViewType.Decimal(0));

    private Expression IsNull(SqlIsNull test, Scope scope, Func<SqlExpression, Expression?>? replace)
    {
        var argument = Bind(test.Argument, scope, replace);
        Expression isNull = new IsNullExpression(argument.Type == Unknown ? To(test.At, argument, ViewType.Text) : argument);
        return test.Negated ? new NotExpression(isNull) : isNull;
    }

    private Expression Between(SqlBetween between, Scope scope, Func<SqlExpression, Expression?>? replace)
    {
        var argument = Bind(between.Argument, scope, replace);
        Expression inside = new AndExpression(
            Compare(between.At, Comparison.GreaterOrEqual, argument, Bind(between.Low, scope, replace)),
            Compare(between.At, Comparison.LessOrEqual, argument, Bind(between.High, scope, replace)));
        return between.Negated ? new NotExpression(inside) : inside;
    }

    private Expression In(SqlIn list, Scope scope, Func<SqlExpression, Expression?>? replace)
    {
        var argument = Bind(list.Argument, scope, replace);
        var found = list.Values.Select(value => (Expression)Compare(list.At, Comparison.Equal, argument, Bind(value, scope, replace))).Aggregate(static (left, right) => new OrExpression(left, right));
        return list.Negated ? new NotExpression(found) : found;
    }

    private CaseExpression Case(SqlCase branches, Scope scope, Func<SqlExpression, Expression?>? replace)
    {
        var conditions = branches.Branches.Select(branch => branches.Operand is { } operand
            ? Compare(branch.When.At, Comparison.Equal, Bind(operand, scope, replace), Bind(branch.When, scope, replace))
            : Condition(branch.When, scope, replace)).ToList<Expression>();
        var otherwise = branches.Else is { } rest ? Bind(rest, scope, replace) : new ConstantExpression(Unknown, Value.OfNull);
        var (type, results) = Unify(branches.At, [.. branches.Branches.Select(branch => Bind(branch.Then, scope, replace)), otherwise]);
        var arguments = new List<Expression>();
        for (var i = 0; i < conditions.Count; i++)
        {
            arguments.Add(conditions[i]);
            arguments.Add(results[i]);
        }

        arguments.Add(results[^1]);
        return new CaseExpression(type, [.. arguments]);
    }

    private Expression Cast(SqlCast cast, Scope scope, Func<SqlExpression, Expression?>? replace)
    {
        var (type, digits) = TypeOf(cast.Type);
        if (type.Type == ColumnType.Decimal && Rounded(cast.Argument, type.Scale, scope, replace) is { } rounded)
        {
            return digits == Column.MaxPrecision ? rounded : new ConvertExpression(rounded, type, digits);
        }

        var argument = Bind(cast.Argument, scope, replace);
        if (type.Type == ColumnType.Decimal && argument.Type.Type is ColumnType.Int64 or ColumnType.Decimal)
        {
            return new ConvertExpression(argument, type, digits);
        }

        return To(cast.At, argument, type);
    }

    /// <summary>A quotient or an average whose digits are said right around it.</summary>
    private Expression? Rounded(SqlExpression expression, int scale, Scope scope, Func<SqlExpression, Expression?>? replace)
    {
        if (expression is SqlCall { Name: "avg", Over: null } average)
        {
            return replace?.Invoke(average with { Name = $"avg:{scale}" });
        }

        if (expression is not SqlBinary { Operator: "/" } quotient)
        {
            return null;
        }

        var (left, right) = (Bind(quotient.Left, scope, replace), Bind(quotient.Right, scope, replace));
        return Common(quotient.At, left.Type, right.Type).Type == ColumnType.Decimal
            ? new QuotientExpression(Exact(quotient.At, left), Exact(quotient.At, right), scale)
            : null;
    }

    private Expression Call(SqlCall call, Scope scope, Func<SqlExpression, Expression?>? replace)
    {
        if (call.Over is not null)
        {
            throw new ViewSqlException(call.At, call.Name == "row_number"
                ? "row_number() stands alone in the list of a query, and the query around it bounds it: where … <= n"
                : $"of window functions views know row_number() only, not {call.Name}");
        }

        if (Aggregates.IsName(call.Name))
        {
            throw new ViewSqlException(call.At, $"{call.Name}() cannot stand here: aggregates are for the list and having of a query, not inside one another");
        }

        if (call.Distinct || call.Star)
        {
            throw new ViewSqlException(call.At, $"{call.Name}() takes neither distinct nor *");
        }

        if (call is { Name: "round", Arguments: [var rounded, ..] })
        {
            return Round(call, rounded, scope, replace);
        }

        var arguments = call.Arguments.Select(argument => Bind(argument, scope, replace)).ToList();
        switch (call.Name, arguments)
        {
            case ("coalesce", [_, ..]):
                var (common, values) = Unify(call.At, arguments);
                return new CoalesceExpression(common, values);
            case ("greatest" or "least", [_, ..]):
                var (order, all) = Unify(call.At, arguments);
                return order.IsComparable ? new ExtremeExpression(call.Name == "greatest", order, all) : throw new ViewSqlException(call.At, $"{order} cannot be compared");
            case ("nullif", [_, _]):
                var (type, pair) = Unify(call.At, arguments);
                return type.IsComparable ? new NullIfExpression(pair[0], pair[1]) : throw new ViewSqlException(call.At, $"{type} cannot be compared");
            case ("abs", [{ Type.Type: ColumnType.Int64 or ColumnType.Float64 or ColumnType.Decimal } number]):
                return new AbsExpression(number);
            case ("length", [{ Type.Type: ColumnType.Text } text]):
                return new LengthExpression(text);
            case ("coalesce" or "greatest" or "least" or "nullif" or "abs" or "length", _):
                throw new ViewSqlException(call.At, $"{call.Name}() does not take ({string.Join(", ", arguments.Select(static argument => argument.Type == Unknown ? "null" : argument.Type.ToString()))})");
            default:
                throw new ViewSqlException(call.At, $"there is no function '{call.Name}' in views; there are abs, coalesce, greatest, least, length, nullif, round, and the aggregates");
        }
    }

    private Expression Round(SqlCall call, SqlExpression argument, Scope scope, Func<SqlExpression, Expression?>? replace)
    {
        var scale = call.Arguments switch
        {
            [_] => 0,
            [_, SqlNumber { Text: var text }] when int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var digits) && digits <= Column.MaxPrecision => digits,
            _ => throw new ViewSqlException(call.At, $"round(decimal, n): n is a number from 0 to {Column.MaxPrecision}"),
        };
        if (Rounded(argument, scale, scope, replace) is { } rounded)
        {
            return rounded;
        }

        var bound = Bind(argument, scope, replace);
        return bound.Type.Type == ColumnType.Decimal ? To(call.At, bound, ViewType.Decimal(scale)) : throw new ViewSqlException(call.At, $"round() is for decimals, not {bound.Type}");
    }
}
