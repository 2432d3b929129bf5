using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Voxeltron.Kernel;

namespace Voxeltron.Benchmarks;

/// <summary>Requests that must succeed: a benchmark that measured refusals would be fast and worthless.</summary>
internal static class HttpJson
{
    public static async Task<JsonNode> GetJsonAsync(this HttpClient http, string path, CancellationToken cancel)
    {
        using var response = await http.GetAsync(path, cancel);
        return await ReadAsync(response, path, cancel);
    }

    public static async Task<JsonNode> PostAsync(this HttpClient http, string path, byte[] body, string type, CancellationToken cancel, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        using var response = await http.SendAsync(request, cancel);
        return await ReadAsync(response, path, cancel);
    }

    private static async Task<JsonNode> ReadAsync(HttpResponseMessage response, string path, CancellationToken cancel)
    {
        var text = await response.Content.ReadAsStringAsync(cancel);
        return response.IsSuccessStatusCode
            ? JsonNode.Parse(text)!
            : throw new VoxeltronException("bench_request_failed", $"{path} answered {(int)response.StatusCode}: {text}");
    }
}
