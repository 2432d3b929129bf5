using System.Text;
using System.Text.Json;
using Voxeltron.Api.Http;
using Voxeltron.Api.Missions;

namespace Voxeltron.Api.Views;

/// <summary>The body of PUT …/views/{view}: <c>{"sql":"…","published":true}</c>, both given. What the SQL means is for the owner to say.</summary>
/// <param name="Sql">UTF-8.</param>
internal sealed record ViewDeclaration(byte[] Sql, bool Published)
{
    public const int MaxSqlBytes = Kernel.Limits.ViewSqlBytes;

    /// <summary>Each byte of the SQL escaped sixfold, and the rest.</summary>
    public const int MaxBodyBytes = (6 * MaxSqlBytes) + 1024;

    public static ViewDeclaration Parse(ReadOnlySpan<byte> json)
    {
        using var document = JsonDocument.Parse(SpecCheck.Canonicalize(json));
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw new ProblemException(Problems.JsonNotObject, "A view is declared by one JSON object.");
        }

        string? sql = null;
        bool? published = null;
        foreach (var member in document.RootElement.EnumerateObject())
        {
            switch (member.Name, member.Value.ValueKind)
            {
                case ("sql", JsonValueKind.String):
                    sql = member.Value.GetString();
                    break;
                case ("published", JsonValueKind.True or JsonValueKind.False):
                    published = member.Value.GetBoolean();
                    break;
                case ("sql" or "published", _):
                    throw ProblemException.Parameter(member.Name, member.Name == "sql" ? "must be a string" : "must be true or false");
                default:
                    throw ProblemException.Parameter(member.Name, "is not known here; a view has sql and published");
            }
        }

        if (string.IsNullOrWhiteSpace(sql))
        {
            throw ProblemException.Parameter("sql", "give the view's query");
        }

        if (sql.Contains('\0'))
        {
            throw ProblemException.Parameter("sql", "must not hold U+0000");
        }

        var bytes = Encoding.UTF8.GetBytes(sql);
        return bytes.Length <= MaxSqlBytes
            ? new ViewDeclaration(bytes, published ?? throw ProblemException.Parameter("published", "say true or false"))
            : throw new ProblemException(Problems.BodyTooLarge, $"A view's SQL takes at most {MaxSqlBytes} bytes of UTF-8, and this has {bytes.Length}.");
    }
}
