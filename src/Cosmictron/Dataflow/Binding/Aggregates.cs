using Superpower.Model;

namespace Voxeltron.Cosmictron;

/// <summary>The aggregates of one select, found while its list and its having are bound: each once, however often it is written.</summary>
internal sealed class Aggregates(int groups)
{
    private readonly List<AggregateCall> _calls = [];
    private readonly List<Expression> _arguments = [];

    public IReadOnlyList<AggregateCall> Calls => _calls;

    /// <summary>What the calls are over, behind the group's columns in the input of the aggregation.</summary>
    public IReadOnlyList<Expression> Arguments => _arguments;

    public static bool IsName(string name) => name is "count" or "sum" or "min" or "max" or "avg";

    /// <param name="argument">Over the select's sources; null for count(*).</param>
    /// <param name="scale">Digits of an average; null where none are said.</param>
    public ColumnExpression Add(Position at, string name, Expression? argument, int? scale)
    {
        var type = argument?.Type ?? ViewType.Int64;
        var call = name switch
        {
            "count" when argument is null => new AggregateCall(AggregateFunction.CountRows, -1, ViewType.Int64),
            "count" => new AggregateCall(AggregateFunction.Count, Place(argument), ViewType.Int64),
            "sum" when type.Type == ColumnType.Int64 => new AggregateCall(AggregateFunction.Sum, Place(argument!), ViewType.Decimal(0)),
            "sum" when type.Type == ColumnType.Decimal => new AggregateCall(AggregateFunction.Sum, Place(argument!), type),
            "avg" when type.Type is ColumnType.Int64 or ColumnType.Decimal => new AggregateCall(
                AggregateFunction.Avg, Place(argument!), ViewType.Decimal(scale ?? throw new ViewSqlException(at, "how many digits an average has must be said: round(avg(x), n)"))),
            "sum" or "avg" when type.Type == ColumnType.Float64 => throw new ViewSqlException(
                at, $"{name}() of float64 depends on the order of the rows: use decimals, or cast(… as numeric(p, s))"),
            "min" or "max" when type.IsComparable && type.Type is not (ColumnType.Bool or ColumnType.Bytes) => new AggregateCall(
                name == "min" ? AggregateFunction.Min : AggregateFunction.Max, Place(argument!), type),
            _ => throw new ViewSqlException(at, $"there is no {name}() of {type}"),
        };
        var found = _calls.IndexOf(call);
        if (found < 0)
        {
            found = _calls.Count;
            _calls.Add(call);
        }

        return new ColumnExpression(groups + found, call.Type, nullable: name != "count");
    }

    private int Place(Expression argument)
    {
        var text = argument.ToString();
        var found = _arguments.FindIndex(known => known.ToString() == text && known.Type == argument.Type);
        if (found < 0)
        {
            found = _arguments.Count;
            _arguments.Add(argument);
        }

        return groups + found;
    }
}
