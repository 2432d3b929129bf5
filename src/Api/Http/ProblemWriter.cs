using System.Diagnostics;
using System.Text.Json;

namespace Voxeltron.Api.Http;

/// <summary>Writes RFC 9457 problems. What goes in is text of our own and ids, never an exception's text or stack.</summary>
internal static class ProblemWriter
{
    public const string ContentType = "application/problem+json";
    private const string TypePrefix = "urn:voxeltron:problem:";

    public static Task WriteAsync(HttpContext http, ProblemKind kind, string detail) =>
        WriteAsync(http, new ProblemException(kind, detail));

    public static async Task WriteAsync(HttpContext http, ProblemException problem)
    {
        var kind = problem.Kind;
        var response = http.Response;
        response.Clear();
        response.StatusCode = kind.Status;
        response.ContentType = ContentType;
        response.Headers.CacheControl = "no-store";
        if (kind.Status is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status429TooManyRequests)
        {
            response.Headers.RetryAfter = "1";
        }

        if (kind.Status == StatusCodes.Status401Unauthorized)
        {
            response.Headers.WWWAuthenticate = "Bearer realm=\"voxeltron\"";
        }

        if (HttpMethods.IsHead(http.Request.Method))
        {
            return;
        }

        await using var json = new Utf8JsonWriter(response.BodyWriter);
        json.WriteStartObject();
        json.WriteString("type", TypePrefix + kind.Code);
        json.WriteString("title", kind.Title);
        json.WriteNumber("status", kind.Status);
        json.WriteString("detail", problem.Message);
        json.WriteString("what_to_do", kind.User);
        json.WriteString("trace_id", TraceId(http));
        foreach (var (name, value) in problem.Members)
        {
            json.WriteString(name, value);
        }

        if (problem.Errors.Count > 0)
        {
            json.WriteStartArray("errors");
            foreach (var error in problem.Errors)
            {
                json.WriteStartObject();
                json.WriteString("path", error.Path);
                json.WriteString("code", error.Code);
                json.WriteString("reason", error.Reason);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
        await json.FlushAsync(http.RequestAborted);
    }

    /// <summary>W3C trace id; the connection's id when tracing is off, so that a report can always be matched with the log.</summary>
    public static string TraceId(HttpContext http) => Activity.Current?.TraceId.ToHexString() ?? http.TraceIdentifier;
}
