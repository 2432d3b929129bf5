using System.Globalization;
using System.Text;
using Superpower.Model;

namespace Voxeltron.Cosmictron;

internal sealed partial class Binder
{
    /// <summary>The null, before what stands beside it says its type.</summary>
    private static ViewType Unknown => default;

    /// <summary>The type two sides are compared or joined in.</summary>
    private static ViewType Common(Position at, ViewType left, ViewType right)
    {
        if (left == right || right == Unknown)
        {
            return left;
        }

        if (left == Unknown)
        {
            return right;
        }

        return (left.Type, right.Type) switch
        {
            (ColumnType.Float64, ColumnType.Int64 or ColumnType.Decimal) or (ColumnType.Int64 or ColumnType.Decimal, ColumnType.Float64) => ViewType.Float64,
            (ColumnType.Decimal, ColumnType.Int64) => left,
            (ColumnType.Int64, ColumnType.Decimal) => right,
            (ColumnType.Decimal, ColumnType.Decimal) => ViewType.Decimal(Math.Max(left.Scale, right.Scale)),
            _ => throw new ViewSqlException(at, $"{left} and {right} do not go together"),
        };
    }

    private static readonly string[] s_timestamps =
    [
        "yyyy-MM-dd",
        "yyyy-MM-dd HH:mmK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd HH:mm:ss.FFFFFFK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFK",
        "yyyy-MM-dd HH:mmzz", "yyyy-MM-dd'T'HH:mmzz", "yyyy-MM-dd HH:mm:ss.FFFFFFzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFzz",
    ];

    private static Expression To(Position at, Expression expression, ViewType type)
    {
        if (expression.Type == type)
        {
            return expression;
        }

        if (expression.Type == Unknown)
        {
            return new ConstantExpression(type, Value.OfNull);
        }

        if (expression is TextLiteral literal && type.Type == ColumnType.Timestamp)
        {
            // Exactly: whatever is missing of a date would be taken from the day on which somebody reads this.
            return DateTimeOffset.TryParseExact(literal.Text, s_timestamps, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
                ? new ConstantExpression(type, Value.Of(Kernel.UnixTime.FromDateTime(time.UtcDateTime)))
                : throw new ViewSqlException(at, $"'{literal.Text}' is no timestamp: write '2026-05-28 20:26:40.5+00' or a part of it from the left, the whole date at least");
        }

        return ConvertExpression.IsKnown(expression.Type.Type, type.Type)
            ? new ConvertExpression(expression, type)
            : throw new ViewSqlException(at, $"{expression.Type} cannot be made {type}");
    }

    /// <summary>All to one type; a text in quotes becomes what stands beside it.</summary>
    private static (ViewType Type, Expression[] Expressions) Unify(Position at, IReadOnlyList<Expression> expressions)
    {
        var type = Unknown;
        foreach (var expression in expressions.Where(static expression => expression is not TextLiteral))
        {
            type = Common(at, type, expression.Type);
        }

        if (type == Unknown)
        {
            type = expressions.Any(static expression => expression is TextLiteral)
                ? ViewType.Text
                : throw new ViewSqlException(at, "the type of null is not known here: write cast(null as …)");
        }

        return (type, [.. expressions.Select(expression => To(at, expression, type))]);
    }

    private static ConstantExpression Number(SqlNumber number)
    {
        if (!number.Text.Contains('.', StringComparison.Ordinal) && long.TryParse(number.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var whole))
        {
            return new ConstantExpression(ViewType.Int64, Value.Of(whole));
        }

        var point = number.Text.IndexOf('.', StringComparison.Ordinal);
        var scale = point < 0 ? 0 : number.Text.Length - point - 1;
        var digits = number.Text.Replace(".", "", StringComparison.Ordinal).TrimStart('0');
        if (Math.Max(digits.Length, scale) > Column.MaxPrecision)
        {
            throw new ViewSqlException(number.At, $"a number has at most {Column.MaxPrecision} digits");
        }

        return new ConstantExpression(ViewType.Decimal(scale), Value.OfUnits(digits.Length == 0 ? 0 : Int128.Parse(digits, CultureInfo.InvariantCulture)));
    }

    private static (ViewType Type, int Digits) TypeOf(SqlTypeName name)
    {
        if (name.Name is "numeric" or "decimal")
        {
            var numbers = name.Numbers.Select(static text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1).ToArray();
            return numbers is [var digits, .. var rest] && digits is >= 1 and <= Column.MaxPrecision && rest.Length < 2 && (rest.Length == 0 || (rest[0] >= 0 && rest[0] <= digits))
                ? (ViewType.Decimal(rest.Length == 0 ? 0 : rest[0]), digits)
                : throw new ViewSqlException(name.At, $"say the digits of a decimal: numeric(p, s) with p from 1 to {Column.MaxPrecision} and s from 0 to p");
        }

        if (name.Numbers.Count > 0)
        {
            throw new ViewSqlException(name.At, $"type '{name.Name}' takes no numbers in views");
        }

        return name.Name switch
        {
            "bigint" or "int8" or "int64" => (ViewType.Int64, Column.MaxPrecision),
            "double precision" or "float8" or "float64" => (ViewType.Float64, Column.MaxPrecision),
            "boolean" or "bool" => (ViewType.Bool, Column.MaxPrecision),
            "text" => (ViewType.Text, Column.MaxPrecision),
            "bytea" or "bytes" => (new ViewType(ColumnType.Bytes), Column.MaxPrecision),
            "timestamptz" or "timestamp" => (ViewType.Timestamp, Column.MaxPrecision),
            _ => throw new ViewSqlException(name.At, $"there is no type '{name.Name}' in views; there are bigint, double precision, boolean, text, bytea, timestamptz, numeric(p, s)"),
        };
    }

    /// <summary>A text in quotes, which may still become a timestamp.</summary>
    private sealed class TextLiteral(string text) : Expression(ViewType.Text, nullable: false)
    {
        private readonly ConstantExpression _constant = new(Encoding.UTF8.GetBytes(text));

        public string Text { get; } = text;

        public override Value Evaluate(in EvaluationContext context) => _constant.Evaluate(context);

        public override void AddColumns(ISet<int> columns)
        {
        }

        public override Expression Move(Func<int, int> position) => this;

        public override string ToString() => _constant.ToString();
    }
}
