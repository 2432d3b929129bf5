using System.Net.Http.Headers;
using System.Text;

namespace Voxeltron.Tests.Integration.Api;

/// <summary>Requests as a client writes them.</summary>
internal static class Requests
{
    public static string Spec(string module, string input = "requests", string name = "prior-auth") =>
        $$"""
        {"spec": "v1", "name": "{{name}}", "inputs": {"{{input}}": {"max_items": 100} },
         "tasks": [{"id": "extract", "module": "{{module}}", "map": "{{input}}"}]}
        """;

    public static HttpRequestMessage Mission(string spec, string? key, int? wait = null) => Mission(Encoding.UTF8.GetBytes(spec), key, wait);

    public static HttpRequestMessage Mission(byte[] spec, string? key, int? wait = null, string contentType = "application/json")
    {
        var request = Post("/v1/missions", spec, contentType);
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        }

        return Waiting(request, wait);
    }

    public static HttpRequestMessage Item(object mission, string input, string item, byte[] body, int? wait = null) =>
        Waiting(Post($"/v1/missions/{mission}/tasks?input={Uri.EscapeDataString(input)}&item={Uri.EscapeDataString(item)}", body, "application/octet-stream"), wait);

    public static HttpRequestMessage Batch(object mission, IEnumerable<string> lines) =>
        Post($"/v1/missions/{mission}/tasks:batch", Encoding.UTF8.GetBytes(string.Join('\n', lines)), "application/x-ndjson");

    public static string BatchLine(string item, string text, string input = "requests") => BatchLine(item, Encoding.UTF8.GetBytes(text), input);

    public static string BatchLine(string item, byte[] bytes, string input = "requests") =>
        $$"""{"input":"{{input}}","item":"{{item}}","base64":"{{Convert.ToBase64String(bytes)}}"}""";

    public static HttpRequestMessage Post(string path, byte[] body, string? contentType)
    {
        var content = new ByteArrayContent(body);
        if (contentType is not null)
        {
            content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        }

        return new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
    }

    private static HttpRequestMessage Waiting(HttpRequestMessage request, int? seconds)
    {
        if (seconds is not null)
        {
            request.Headers.TryAddWithoutValidation("Prefer", $"wait={seconds}");
        }

        return request;
    }
}
