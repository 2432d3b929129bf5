using System.Buffers;
using System.Text.Json;
using Voxeltron.Kernel;

namespace Voxeltron.Cells;

/// <summary>What a cell asked for by <c>http_begin</c>: checked, inside its profile's grants and limits, and not sent yet.</summary>
/// <param name="Ticket">What <c>on_reply</c> will name; from 1, counted through the task's life with its timers.</param>
/// <param name="Headers">Lower-case names. Without those the host writes itself.</param>
/// <param name="TimeoutMs">From leaving the fabric to the last byte, redirects included.</param>
/// <param name="ResponseBytes">Most of a body that is taken.</param>
/// <param name="Redirects">Followed at most.</param>
/// <param name="Tag">What the guest wants to be told with the answer.</param>
public sealed record CellRequest(
    long Ticket, string Method, EgressUrl Url, IReadOnlyList<HttpField> Headers, byte[] Body, int TimeoutMs, int ResponseBytes, int Redirects, string Tag)
{
    /// <summary>The guest gave its own idempotency key.</summary>
    public bool HasKey => Headers.Any(static header => header.Name == "idempotency-key");
}

/// <param name="Name">Lower case.</param>
public readonly record struct HttpField(string Name, string Value);

/// <summary>A call for something the cell was not granted: counted, and named in its action.</summary>
/// <param name="Code">One of <see cref="DenialCodes"/>.</param>
/// <param name="Place">Scheme, host and port that were asked for, or the import's name.</param>
public sealed record CellDenial(string Code, string Place, int Count);

/// <summary>Why a call was denied. Stable words: they stand in action payloads.</summary>
public static class DenialCodes
{
    /// <summary>The profile has no egress at all.</summary>
    public const string NoEgress = "no_egress";

    /// <summary>No grant of the profile covers the place.</summary>
    public const string NotGranted = BrokerCodes.Denied;

    /// <summary>The mission has gates, and none of that name.</summary>
    public const string GateNotDeclared = "gate_not_declared";

    /// <summary>The profile may ask no model.</summary>
    public const string NoModels = "no_models";

    /// <summary>The profile may ask models, but for nothing of that class.</summary>
    public const string ClassNotGranted = "model_class_denied";

    /// <summary>No profile can grant the call: files, sockets, and what this version of the host does not have.</summary>
    public const string NotOffered = "not_offered";
}

/// <summary>Answers to <c>http_begin</c>'s request text (docs/abi.md).</summary>
internal static class RequestReader
{
    private static readonly string[] s_methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

    /// <summary>Written by the host, or meaning something to the connection alone (RFC 9110 §7.6.1, RFC 9112).</summary>
    private static readonly HashSet<string> s_hostsOwn = new(StringComparer.Ordinal)
    {
        "host", "connection", "content-length", "transfer-encoding", "keep-alive", "upgrade", "te", "trailer", "expect", "proxy-connection", "proxy-authorization", "proxy-authenticate",
    };

    private static readonly SearchValues<char> s_tokenCharacters = SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz");

    /// <returns>Null when the text is no request; then it is <c>BAD_ARGUMENT</c>. Ticket and body are not set yet.</returns>
    public static CellRequest? TryRead(ReadOnlySpan<byte> text, EgressLimits limits)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(text.ToArray(), new JsonDocumentOptions { MaxDepth = 4 });
        }
        catch (JsonException)
        {
            return null;
        }

        using (document)
        {
            return Read(document.RootElement, limits);
        }
    }

    private static CellRequest? Read(JsonElement root, EgressLimits limits)
    {
        string? method = null, urlText = null, tag = "";
        List<HttpField>? headers = [];
        int? timeout = limits.TimeoutMs, bytes = limits.ResponseBytes, redirects = limits.Redirects;
        if (root.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        // A name given twice is read as one parser likes and another does not: the last would win silently.
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (var member in root.EnumerateObject())
        {
            if (Name(member) is not { } name || !seen.Add(name))
            {
                return null;
            }

            switch (name)
            {
                case "method":
                    method = Text(member.Value);
                    break;
                case "url":
                    urlText = Text(member.Value);
                    break;
                case "headers":
                    headers = Headers(member.Value);
                    break;
                case "timeout_ms":
                    timeout = Number(member.Value, 1, limits.TimeoutMs);
                    break;
                case "response_bytes":
                    bytes = Number(member.Value, 0, limits.ResponseBytes);
                    break;
                case "redirects":
                    redirects = Number(member.Value, 0, limits.Redirects);
                    break;
                case "tag":
                    tag = Text(member.Value);
                    break;
                default:
                    return null;
            }
        }

        return method is not null && s_methods.Contains(method) && urlText is not null && EgressUrl.TryParse(urlText, out var url)
            && headers is not null && timeout is not null && bytes is not null && redirects is not null && tag is not null && HostScope.IsTag(tag)
            ? new CellRequest(0, method, url, headers, [], timeout.Value, bytes.Value, redirects.Value, tag)
            : null;
    }

    private static List<HttpField>? Headers(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Array || json.GetArrayLength() > CellLimits.RequestHeaders)
        {
            return null;
        }

        var headers = new List<HttpField>(json.GetArrayLength());
        foreach (var pair in json.EnumerateArray())
        {
            if (pair.ValueKind != JsonValueKind.Array || pair.GetArrayLength() != 2 || Text(pair[0]) is not { } name || Text(pair[1]) is not { } value
                || !IsToken(name) || s_hostsOwn.Contains(name) || !IsFieldValue(value))
            {
                return null;
            }

            headers.Add(new HttpField(name, value));
        }

        return headers;
    }

    private static string? Name(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            // As in a value: the parser passes over it, and only reading it finds out.
            return null;
        }
    }

    private static string? Text(JsonElement json)
    {
        try
        {
            return json.ValueKind == JsonValueKind.String ? json.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // A lone surrogate, or bytes that are no UTF-8.
            return null;
        }
    }

    /// <summary>A request may ask for less than its profile allows; what asks for more is told so, not cut.</summary>
    private static int? Number(JsonElement json, int least, int most) =>
        json.ValueKind == JsonValueKind.Number && json.TryGetInt32(out var number) && number >= least && number <= most ? number : null;

    private static bool IsToken(string name) => name.Length is > 0 and <= 64 && !name.AsSpan().ContainsAnyExcept(s_tokenCharacters);

    /// <summary>RFC 9110 §5.5 without obs-text, and no blanks at its ends.</summary>
    private static bool IsFieldValue(string value) =>
        !value.AsSpan().ContainsAnyExceptInRange(' ', '~') && (value.Length == 0 || (value[0] != ' ' && value[^1] != ' '));
}
