using Superpower.Model;

namespace Voxeltron.Cosmictron;

/// <summary>A join's condition taken apart: equalities between the sides, what only one side decides, and the rest.</summary>
internal sealed class JoinCondition(int leftWidth)
{
    public List<Expression> LeftKeys { get; } = [];

    /// <summary>Over the joined row, as all here.</summary>
    public List<Expression> RightKeys { get; } = [];

    public Expression? OfLeft { get; private set; }

    public Expression? OfRight { get; private set; }

    public Expression? OfBoth { get; private set; }

    /// <param name="outer">A left row that the condition turns down still comes, with nulls: only the right side may be filtered before.</param>
    public void Add(Position at, Expression condition, bool outer)
    {
        if (condition is CompareExpression { IsEquality: true } equality && TrySides(equality))
        {
            return;
        }

        var (readsLeft, readsRight) = Reads(condition);
        if (!readsLeft)
        {
            OfRight = And(OfRight, condition);
        }
        else if (outer)
        {
            throw new ViewSqlException(at, "on of a left join is equalities between the two sides and conditions on the right one; the rest belongs into a where, or into the query it joins");
        }
        else if (!readsRight)
        {
            OfLeft = And(OfLeft, condition);
        }
        else
        {
            OfBoth = And(OfBoth, condition);
        }
    }

    private bool TrySides(CompareExpression equality)
    {
        var (one, other) = (Reads(equality.Left), Reads(equality.Right));
        if (one == (true, false) && other == (false, true))
        {
            LeftKeys.Add(equality.Left);
            RightKeys.Add(equality.Right);
            return true;
        }

        if (one == (false, true) && other == (true, false))
        {
            LeftKeys.Add(equality.Right);
            RightKeys.Add(equality.Left);
            return true;
        }

        return false;
    }

    private (bool Left, bool Right) Reads(Expression expression)
    {
        var columns = new HashSet<int>();
        expression.AddColumns(columns);
        return (columns.Any(column => column < leftWidth), columns.Any(column => column >= leftWidth));
    }

    private static Expression And(Expression? left, Expression right) => left is null ? right : new AndExpression(left, right);
}
