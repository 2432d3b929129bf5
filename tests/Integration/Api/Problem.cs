using System.Text.Json;
using Xunit;

namespace Voxeltron.Tests.Integration.Api;

/// <summary>Checks that a refusal is a complete problem document and tells no internals.</summary>
internal static class Problem
{
    public static async Task<JsonElement> ExpectAsync(HttpResponseMessage response, int status, string code)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == status, $"expected {status} {code}, got {(int)response.StatusCode}: {text}");
        var problem = Parse(response, text);
        Assert.Equal("urn:voxeltron:problem:" + code, problem.GetProperty("type").GetString());
        return problem;
    }

    public static async Task<JsonElement> ExpectAnyAsync(HttpResponseMessage response, int minStatus, int maxStatus, string what)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode >= minStatus && (int)response.StatusCode <= maxStatus, $"{what}: got {(int)response.StatusCode}: {text}");
        return Parse(response, text);
    }

    private static JsonElement Parse(HttpResponseMessage response, string text)
    {
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        using var document = JsonDocument.Parse(text);
        var problem = document.RootElement.Clone();
        Assert.Equal((int)response.StatusCode, problem.GetProperty("status").GetInt32());
        foreach (var member in new[] { "title", "detail", "what_to_do", "trace_id" })
        {
            Assert.False(string.IsNullOrWhiteSpace(problem.GetProperty(member).GetString()), $"{member} is empty: {text}");
        }

        Assert.DoesNotContain("   at ", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", text, StringComparison.Ordinal);
        return problem;
    }
}
