using Superpower.Display;

namespace Voxeltron.Cosmictron;

internal enum SqlToken
{
    [Token(Description = "a keyword")]
    Keyword,

    [Token(Description = "a name")]
    Name,

    [Token(Description = "a quoted name")]
    QuotedName,

    [Token(Description = "a number")]
    Number,

    [Token(Description = "a text in quotes")]
    String,

    [Token(Example = "(")]
    Open,

    [Token(Example = ")")]
    Close,

    [Token(Example = ",")]
    Comma,

    [Token(Example = ".")]
    Dot,

    [Token(Example = "::")]
    Cast,

    [Token(Example = "*")]
    Star,

    [Token(Example = "/")]
    Slash,

    [Token(Example = "%")]
    Percent,

    [Token(Example = "+")]
    Plus,

    [Token(Example = "-")]
    Minus,

    [Token(Example = "||")]
    Concat,

    [Token(Example = "=")]
    Equal,

    [Token(Example = "<>")]
    NotEqual,

    [Token(Example = "<")]
    Less,

    [Token(Example = "<=")]
    LessOrEqual,

    [Token(Example = ">")]
    Greater,

    [Token(Example = ">=")]
    GreaterOrEqual,
}
