using Superpower;
using Superpower.Model;
using Superpower.Parsers;
using Superpower.Tokenizers;

namespace Voxeltron.Cosmictron;

/// <summary>Words and signs of a view's SQL. Keywords are those that no column or table can be called without quotes.</summary>
internal static class SqlTokenizer
{
    private static readonly HashSet<string> s_keywords = new(StringComparer.OrdinalIgnoreCase)
    {
        "all", "and", "as", "asc", "between", "by", "case", "cast", "cross", "desc", "distinct", "else", "end", "except", "exists", "false", "fetch", "filter", "first",
        "for", "from", "full", "group", "grouping", "having", "in", "inner", "intersect", "interval", "is", "ilike", "join", "last", "lateral", "left", "like", "limit",
        "natural", "not", "null", "nulls", "offset", "on", "or", "order", "outer", "over", "partition", "right", "rollup", "select", "similar", "then", "true", "union",
        "using", "values", "when", "where", "window", "with",
    };

    private static readonly Tokenizer<SqlToken> s_tokenizer = Build();

    /// <exception cref="ViewSqlException">A sign that SQL has no use for.</exception>
    public static TokenList<SqlToken> Read(string sql)
    {
        var result = s_tokenizer.TryTokenize(sql);
        return result.HasValue
            ? result.Value
            : throw new ViewSqlException(result.ErrorPosition, $"this is no SQL a view can have: {result.FormatErrorMessageFragment()}");
    }

    private static Tokenizer<SqlToken> Build()
    {
        var word = Span.Regex("[A-Za-z_][A-Za-z0-9_$]*");
        return new TokenizerBuilder<SqlToken>()
            .Ignore(Span.WhiteSpace)
            .Ignore(Comment.SqlStyle)
            .Match(Span.EqualTo("::"), SqlToken.Cast)
            .Match(Span.EqualTo("||"), SqlToken.Concat)
            .Match(Span.EqualTo("<>"), SqlToken.NotEqual)
            .Match(Span.EqualTo("!="), SqlToken.NotEqual)
            .Match(Span.EqualTo("<="), SqlToken.LessOrEqual)
            .Match(Span.EqualTo(">="), SqlToken.GreaterOrEqual)
            .Match(Character.EqualTo('<'), SqlToken.Less)
            .Match(Character.EqualTo('>'), SqlToken.Greater)
            .Match(Character.EqualTo('='), SqlToken.Equal)
            .Match(Character.EqualTo('('), SqlToken.Open)
            .Match(Character.EqualTo(')'), SqlToken.Close)
            .Match(Character.EqualTo(','), SqlToken.Comma)
            .Match(Character.EqualTo('+'), SqlToken.Plus)
            .Match(Character.EqualTo('-'), SqlToken.Minus)
            .Match(Character.EqualTo('*'), SqlToken.Star)
            .Match(Character.EqualTo('/'), SqlToken.Slash)
            .Match(Character.EqualTo('%'), SqlToken.Percent)
            // One group: Span.Regex anchors what stands first only.
            .Match(Span.Regex(@"(?:[0-9]+(\.[0-9]*)?|\.[0-9]+)"), SqlToken.Number, requireDelimiters: true)
            .Match(Character.EqualTo('.'), SqlToken.Dot)
            .Match(Span.Regex("'([^']|'')*'"), SqlToken.String)
            .Match(Span.Regex("\"([^\"]|\"\")+\""), SqlToken.QuotedName)
            .Match(word.Where(static span => s_keywords.Contains(span.ToStringValue())), SqlToken.Keyword, requireDelimiters: true)
            .Match(word, SqlToken.Name, requireDelimiters: true)
            .Build();
    }
}
