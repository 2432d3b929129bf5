using Superpower;
using Superpower.Model;
using Superpower.Parsers;

namespace Voxeltron.Cosmictron;

/// <summary>
/// Reads a view's SQL: the grammar of what views do, and nothing else of PostgreSQL's. Precedence as there: or, and, not, is
/// and comparisons, between and in, other operators, plus and minus, times, signs, casts.
/// </summary>
internal static class SqlParser
{
    /// <summary>Parentheses, cases and queries inside one another.</summary>
    private const int MostDepth = 64;

    /// <summary>Words and signs of one view. Half as many operators in a row are as deep a tree, and whatever walks it takes a call for each level.</summary>
    private const int MostTokens = 1_000;

    /// <summary>Signs and nots right behind one another.</summary>
    private const int MostSigns = 8;

    private static readonly TokenListParser<SqlToken, SqlExpression> s_expression = Parse.Ref(() => Disjunction!);
    private static readonly TokenListParser<SqlToken, SqlQuery> s_query = Parse.Ref(() => Query!);

    private static readonly TokenListParser<SqlToken, string> s_name =
        Token.EqualTo(SqlToken.Name).Select(static token => token.ToStringValue().ToLowerInvariant())
            .Or(Token.EqualTo(SqlToken.QuotedName).Select(static token => token.ToStringValue()[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal)))
            .Named("a name");

    private static readonly TokenListParser<SqlToken, string?> s_alias =
        (from _ in Word("as") from name in s_name select (string?)name).Or(s_name.Select(static name => (string?)name)).OptionalOrDefault();

    // ---- expressions, the tightest first

    private static readonly TokenListParser<SqlToken, SqlOrder> s_order =
        from term in s_expression
        from direction in Word("asc").Or(Word("desc")).Select(static word => (Token<SqlToken>?)word).OptionalOrDefault()
        from nulls in (from _ in Word("nulls") from place in Word("first").Or(Word("last")) select (bool?)Is(place, "first")).OptionalOrDefault()
        select new SqlOrder(term, direction is { } word && Is(word, "desc"), nulls);

    private static readonly TokenListParser<SqlToken, SqlOrder[]> s_orderBy =
        (from word in Word("order") from second in Word("by") from order in s_order.AtLeastOnceDelimitedBy(Token.EqualTo(SqlToken.Comma)) select order)
        .OptionalOrDefault([]);

    private static readonly TokenListParser<SqlToken, SqlWindow> s_over =
        from over in Word("over")
        from open in Token.EqualTo(SqlToken.Open)
        from partition in (from word in Word("partition") from second in Word("by") from columns in s_expression.AtLeastOnceDelimitedBy(Token.EqualTo(SqlToken.Comma)) select columns).OptionalOrDefault([])
        from order in s_orderBy
        from close in Token.EqualTo(SqlToken.Close)
        select new SqlWindow(partition, order);

    private static readonly TokenListParser<SqlToken, SqlExpression> s_call =
        from name in Token.EqualTo(SqlToken.Name)
        from open in Token.EqualTo(SqlToken.Open)
        from distinct in Word("distinct").Select(static _ => true).OptionalOrDefault()
        from star in Token.EqualTo(SqlToken.Star).Select(static _ => true).OptionalOrDefault()
        from arguments in s_expression.ManyDelimitedBy(Token.EqualTo(SqlToken.Comma))
        from close in Token.EqualTo(SqlToken.Close)
        from over in s_over.Select(static window => (SqlWindow?)window).OptionalOrDefault()
        select (SqlExpression)new SqlCall(name.Position, name.ToStringValue().ToLowerInvariant(), distinct, star, arguments, over);

    private static readonly TokenListParser<SqlToken, SqlExpression> s_column =
        from at in Here()
        from first in s_name
        from second in (from dot in Token.EqualTo(SqlToken.Dot) from name in s_name select (string?)name).OptionalOrDefault()
        select (SqlExpression)(second is null ? new SqlName(at, null, first) : new SqlName(at, first, second));

    private static readonly TokenListParser<SqlToken, SqlTypeName> s_type =
        from at in Here()
        from name in s_name
        from second in Token.EqualTo(SqlToken.Name).Where(static token => Is(token, "precision")).Select(static _ => " precision").OptionalOrDefault("")
        from numbers in
            (from open in Token.EqualTo(SqlToken.Open)
             from values in Token.EqualTo(SqlToken.Number).AtLeastOnceDelimitedBy(Token.EqualTo(SqlToken.Comma))
             from close in Token.EqualTo(SqlToken.Close)
             select values.Select(static value => value.ToStringValue()).ToArray()).OptionalOrDefault([])
        select new SqlTypeName(at, name + second, numbers);

    private static readonly TokenListParser<SqlToken, SqlExpression> s_cast =
        from word in Word("cast")
        from open in Token.EqualTo(SqlToken.Open)
        from argument in s_expression
        from _ in Word("as")
        from type in s_type
        from close in Token.EqualTo(SqlToken.Close)
        select (SqlExpression)new SqlCast(word.Position, argument, type);

    private static readonly TokenListParser<SqlToken, SqlExpression> s_case =
        from word in Word("case")
        from operand in s_expression.Select(static operand => (SqlExpression?)operand).OptionalOrDefault()
        from branches in
            (from when in Word("when") from condition in s_expression from then in Word("then") from result in s_expression select (condition, result)).AtLeastOnce()
        from other in (from _ in Word("else") from result in s_expression select (SqlExpression?)result).OptionalOrDefault()
        from end in Word("end")
        select (SqlExpression)new SqlCase(word.Position, operand, branches, other);

    private static readonly TokenListParser<SqlToken, SqlExpression> s_primary =
        Token.EqualTo(SqlToken.Number).Select(static token => (SqlExpression)new SqlNumber(token.Position, token.ToStringValue()))
            .Or(Token.EqualTo(SqlToken.String).Select(static token => (SqlExpression)new SqlText(token.Position, token.ToStringValue()[1..^1].Replace("''", "'", StringComparison.Ordinal))))
            .Or(Word("true").Select(static token => (SqlExpression)new SqlBoolean(token.Position, true)))
            .Or(Word("false").Select(static token => (SqlExpression)new SqlBoolean(token.Position, false)))
            .Or(Word("null").Select(static token => (SqlExpression)new SqlBoolean(token.Position, null)))
            .Or(s_cast)
            .Or(s_case)
            .Or(s_call.Try())
            .Or(s_column)
            .Or(from open in Token.EqualTo(SqlToken.Open) from inner in s_expression from close in Token.EqualTo(SqlToken.Close) select inner)
            .Named("an expression");

    private static readonly TokenListParser<SqlToken, SqlExpression> s_converted =
        from primary in s_primary
        from types in (from sign in Token.EqualTo(SqlToken.Cast) from type in s_type select (sign.Position, type)).Many()
        select types.Aggregate(primary, static (argument, cast) => new SqlCast(cast.Position, argument, cast.type));

    private static readonly TokenListParser<SqlToken, SqlExpression> s_signed =
        (from sign in Token.EqualTo(SqlToken.Minus) from argument in Parse.Ref(() => s_signed!) select (SqlExpression)new SqlUnary(sign.Position, "-", argument))
        .Or(from sign in Token.EqualTo(SqlToken.Plus) from argument in Parse.Ref(() => s_signed!) select argument)
        .Or(s_converted);

    private static readonly TokenListParser<SqlToken, SqlExpression> s_product = Parse.Chain(
        Token.EqualTo(SqlToken.Star).Or(Token.EqualTo(SqlToken.Slash)).Or(Token.EqualTo(SqlToken.Percent)), s_signed, Combine);

    private static readonly TokenListParser<SqlToken, SqlExpression> s_sum = Parse.Chain(
        Token.EqualTo(SqlToken.Plus).Or(Token.EqualTo(SqlToken.Minus)), s_product, Combine);

    private static readonly TokenListParser<SqlToken, SqlExpression> s_concatenation = Parse.Chain(Token.EqualTo(SqlToken.Concat), s_sum, Combine);

    private static readonly TokenListParser<SqlToken, Func<SqlExpression, SqlExpression>> s_range =
        from not in Word("not").Select(static _ => true).OptionalOrDefault()
        from rest in
            (from word in Word("between")
             from low in s_concatenation
             from and in Word("and")
             from high in s_concatenation
             select (Func<SqlExpression, SqlExpression>)(argument => new SqlBetween(word.Position, argument, low, high, not)))
            .Or(from word in Word("in")
                from open in Token.EqualTo(SqlToken.Open)
                from values in s_expression.AtLeastOnceDelimitedBy(Token.EqualTo(SqlToken.Comma))
                from close in Token.EqualTo(SqlToken.Close)
                select (Func<SqlExpression, SqlExpression>)(argument => new SqlIn(word.Position, argument, values, not)))
        select rest;

    private static readonly TokenListParser<SqlToken, SqlExpression> s_ranged =
        from argument in s_concatenation
        from range in s_range.Select(static range => (Func<SqlExpression, SqlExpression>?)range).OptionalOrDefault()
        select range is null ? argument : range(argument);

    private static readonly TokenListParser<SqlToken, Token<SqlToken>> s_comparison =
        Token.EqualTo(SqlToken.Equal).Or(Token.EqualTo(SqlToken.NotEqual)).Or(Token.EqualTo(SqlToken.LessOrEqual)).Or(Token.EqualTo(SqlToken.Less))
            .Or(Token.EqualTo(SqlToken.GreaterOrEqual)).Or(Token.EqualTo(SqlToken.Greater));

    private static readonly TokenListParser<SqlToken, SqlExpression> s_compared =
        from left in s_ranged
        from right in (from sign in s_comparison from right in s_ranged select ((Token<SqlToken>, SqlExpression)?)(sign, right)).OptionalOrDefault()
        select right is var (sign, other) ? Combine(sign, left, other) : left;

    private static readonly TokenListParser<SqlToken, SqlExpression> s_tested =
        from argument in s_compared
        from tests in
            (from word in Word("is")
             from not in Word("not").Select(static _ => true).OptionalOrDefault()
             from what in Word("null").Or(Word("true")).Or(Word("false"))
             select (word.Position, not, what)).Many()
        select tests.Aggregate(argument, static (tested, test) => Is(test.what, "null")
            ? new SqlIsNull(test.Position, tested, test.not)
            : Truth(test.Position, tested, Is(test.what, "true"), test.not));

    private static readonly TokenListParser<SqlToken, SqlExpression> s_negated =
        (from word in Word("not") from argument in Parse.Ref(() => s_negated!) select (SqlExpression)new SqlUnary(word.Position, "not", argument)).Or(s_tested);

    private static readonly TokenListParser<SqlToken, SqlExpression> s_conjunction = Parse.Chain(Word("and"), s_negated, Combine);

    private static TokenListParser<SqlToken, SqlExpression> Disjunction { get; } = Parse.Chain(Word("or"), s_conjunction, Combine);

    // ---- queries

    private static readonly TokenListParser<SqlToken, SqlItem> s_item =
        (from star in Token.EqualTo(SqlToken.Star) select new SqlItem(star.Position, null, null, null))
        .Or((from at in Here() from name in s_name from dot in Token.EqualTo(SqlToken.Dot) from star in Token.EqualTo(SqlToken.Star) select new SqlItem(at, null, name, null)).Try())
        .Or(from expression in s_expression from alias in s_alias select new SqlItem(expression.At, expression, null, alias));

    private static readonly TokenListParser<SqlToken, SqlSource> s_source =
        (from open in Token.EqualTo(SqlToken.Open) from query in s_query from close in Token.EqualTo(SqlToken.Close) from alias in s_alias select (SqlSource)new SqlSubquery(open.Position, query, alias))
        .Or(from at in Here() from name in s_name from alias in s_alias select (SqlSource)new SqlTable(at, name, alias));

    private static readonly TokenListParser<SqlToken, SqlJoin> s_join =
        from kind in (from word in Word("left") from outer in Word("outer").OptionalOrDefault() select (word.Position, Outer: true))
            .Or(from word in Word("inner") select (word.Position, Outer: false))
            .OptionalOrDefault()
        from word in Word("join")
        from source in s_source
        from second in Word("on")
        from condition in s_expression
        select new SqlJoin(word.Position, kind.Outer, source, condition);

    private static readonly TokenListParser<SqlToken, SqlSelect> s_select =
        from word in Word("select")
        from distinct in Word("distinct").Select(static _ => true).OptionalOrDefault()
        from items in s_item.AtLeastOnceDelimitedBy(Token.EqualTo(SqlToken.Comma))
        from keyword in Word("from")
        from source in s_source
        from joins in s_join.Many()
        from condition in (from _ in Word("where") from filter in s_expression select (SqlExpression?)filter).OptionalOrDefault()
        from groups in (from first in Word("group") from second in Word("by") from groups in s_expression.AtLeastOnceDelimitedBy(Token.EqualTo(SqlToken.Comma)) select groups).OptionalOrDefault([])
        from having in (from _ in Word("having") from having in s_expression select (SqlExpression?)having).OptionalOrDefault()
        select new SqlSelect(word.Position, distinct, items, source, joins, condition, groups, having);

    private static readonly TokenListParser<SqlToken, SqlPart> s_part =
        s_select.Select(static select => new SqlPart(select, null))
            .Or(from open in Token.EqualTo(SqlToken.Open) from query in s_query from close in Token.EqualTo(SqlToken.Close) select new SqlPart(null, query));

    private static TokenListParser<SqlToken, SqlQuery> Query { get; } =
        from at in Here()
        from parts in s_part.AtLeastOnceDelimitedBy(from union in Word("union") from all in Word("all") select all)
        from order in s_orderBy
        from limit in (from _ in Word("limit") from number in Token.EqualTo(SqlToken.Number) select number.ToStringValue()).Select(static text => (string?)text).OptionalOrDefault()
        select new SqlQuery(at, parts, order, limit);

    /// <exception cref="ViewSqlException">Where it is no query a view can have, and why not.</exception>
    public static SqlQuery Read(string sql)
    {
        var tokens = SqlTokenizer.Read(sql);
        RequireShallow(tokens);
        var result = Query.AtEnd().TryParse(tokens);
        if (result.HasValue)
        {
            return result.Value;
        }

        var at = result.ErrorPosition.HasValue ? result.ErrorPosition : End(sql);
        throw new ViewSqlException(at, Reason(tokens, at) ?? result.FormatErrorMessageFragment());
    }

    /// <summary>What stands there is known to SQL, only not to views.</summary>
    private static string? Reason(TokenList<SqlToken> tokens, Position at)
    {
        var before = "";
        foreach (var token in tokens)
        {
            if (token.Position.Absolute == at.Absolute && token.Kind == SqlToken.Keyword)
            {
                return token.ToStringValue().ToLowerInvariant() switch
                {
                    _ when before == "union" => "views know union all only: a union without all is select distinct over it",
                    "cross" or "right" or "full" or "natural" or "lateral" or "using" => $"views join by [inner] join … on and left join … on; '{token.ToStringValue()}' is not supported",
                    "offset" or "fetch" or "for" => $"'{token.ToStringValue()}' is not supported: a view's first rows are order by … limit n",
                    "intersect" or "except" or "exists" or "with" or "window" or "filter" or "grouping" or "rollup" or "values" or "interval" or "like" or "ilike" or "similar" =>
                        $"'{token.ToStringValue()}' is not supported in views",
                    "select" => "a query inside an expression is not supported in views: join with it",
                    "over" => "of window functions views know row_number() only",
                    _ => null,
                };
            }

            before = token.ToStringValue().ToLowerInvariant();
        }

        return null;
    }

    // A chain of parentheses, or of signs, is as deep as the calls that read it.
    private static void RequireShallow(TokenList<SqlToken> tokens)
    {
        var (count, depth, signs) = (0, 0, 0);
        foreach (var token in tokens)
        {
            if (++count > MostTokens)
            {
                throw new ViewSqlException(token.Position, $"a view has at most {MostTokens} words and signs");
            }

            signs = token.Kind is SqlToken.Plus or SqlToken.Minus || Is(token, "not") ? signs + 1 : 0;
            if (signs > MostSigns)
            {
                throw new ViewSqlException(token.Position, $"more than {MostSigns} signs in a row");
            }

            depth += token.Kind == SqlToken.Open || Is(token, "case") ? 1 : token.Kind == SqlToken.Close || Is(token, "end") ? -1 : 0;
            if (depth > MostDepth)
            {
                throw new ViewSqlException(token.Position, $"nested deeper than {MostDepth}");
            }
        }
    }

    private static Position End(string sql)
    {
        var position = Position.Zero;
        foreach (var character in sql)
        {
            position = position.Advance(character);
        }

        return position;
    }

    private static SqlBinary Truth(Position at, SqlExpression tested, bool value, bool negated)
    {
        // x is true: never null, so coalesce(x, not true) = true.
        var known = new SqlCall(at, "coalesce", false, false, [tested, new SqlBoolean(at, !value)], null);
        return new SqlBinary(at, negated ? "<>" : "=", known, new SqlBoolean(at, value));
    }

    private static SqlExpression Combine(Token<SqlToken> sign, SqlExpression left, SqlExpression right) =>
        new SqlBinary(sign.Position, sign.ToStringValue().ToLowerInvariant() is var text && text == "!=" ? "<>" : text, left, right);

    private static TokenListParser<SqlToken, Token<SqlToken>> Word(string keyword) =>
        Token.EqualToValueIgnoreCase(SqlToken.Keyword, keyword);

    private static bool Is(Token<SqlToken> token, string word) => token.Span.EqualsValueIgnoreCase(word);

    /// <summary>The place of the next token, which stays.</summary>
    private static TokenListParser<SqlToken, Position> Here() => static input =>
    {
        var next = input.ConsumeToken();
        return TokenListParserResult.Value(next.HasValue ? next.Value.Position : Position.Empty, input, input);
    };
}
