using System.Globalization;
using System.Text;
using System.Text.Json;
using Voxeltron.Cells;
using Voxeltron.Execution;
using Voxeltron.Kernel;

namespace Voxeltron.CellWorker;

/// <summary>What OpenAI-compatible servers are asked, and what their many kinds of answer come to. Pure.</summary>
internal static class ChatCompletion
{
    /// <summary>No provider counts more of one call.</summary>
    private const long MostUsage = 1_000_000_000;

    private const int MostWord = 32;

    /// <param name="secret">Sent as a bearer token; null: none is.</param>
    public static CellRequest Request(ModelProvider provider, EgressLimits limits, CellModelCall call, string? secret)
    {
        var headers = new List<HttpField> { new("accept", "application/json"), new("content-type", "application/json") };
        if (secret is not null)
        {
            headers.Add(new HttpField("authorization", "Bearer " + secret));
        }

        return new CellRequest(
            call.Ticket, "POST", provider.Url, headers, Body(provider, call), Math.Min(provider.TimeoutMs, limits.TimeoutMs), limits.ResponseBytes,
            // A prompt follows nobody to another place.
            Redirects: 0, Tag: "");
    }

    /// <returns>The answer; or null, and why there is none.</returns>
    public static ModelAnswer? Read(HttpReply reply, ModelProvider provider, CellModelCall call, out string code, out string reason)
    {
        (code, reason) = reply.Status switch
        {
            >= 200 and < 300 => ("", ""),
            401 or 403 => (ModelCodes.KeyRefused, $"It answered {reply.Status}."),
            429 => (ModelCodes.RateLimited, "It answered 429."),
            >= 400 and < 500 => (ModelCodes.RequestRejected, $"It answered {reply.Status}."),
            _ => (ModelCodes.ServerFailed, $"It answered {reply.Status}."),
        };
        if (code.Length > 0)
        {
            return null;
        }

        if (!Of(reply, "content-type").Contains("json", StringComparison.OrdinalIgnoreCase))
        {
            (code, reason) = (ModelCodes.AnswerMalformed, "Its content type is not JSON.");
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(reply.Body);
            return Read(document.RootElement, reply, provider, call, out code, out reason);
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            // The latter: a lone surrogate, or bytes that are no UTF-8, which only reading a text finds out.
            (code, reason) = (ModelCodes.AnswerMalformed, "Its body is no JSON.");
            return null;
        }
    }

    /// <summary>When the server wants to be asked again, from now; null: it did not say.</summary>
    public static long? RetryAfterUs(HttpReply reply, long nowUs)
    {
        if (reply.Status is not (429 or 503) || Of(reply, "retry-after") is not { Length: > 0 } text)
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? Math.Min(seconds, 86_400) * 1_000_000
            : DateTimeOffset.TryParseExact(text, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? Math.Max(0, (at.ToUnixTimeMilliseconds() * 1_000) - nowUs)
            : null;
    }

    private static byte[] Body(ModelProvider provider, CellModelCall call)
    {
        // The guest's part is canonical JSON of members that are none of these: it goes on as it stands in the log.
        var head = $"{{\"model\":{JsonSerializer.Serialize(provider.Model)},\"max_tokens\":{call.MaxTokens.ToString(CultureInfo.InvariantCulture)},\"stream\":false,";
        return [.. Encoding.UTF8.GetBytes(head), .. call.Request.AsSpan(1)];
    }

    private static ModelAnswer? Read(JsonElement root, HttpReply reply, ModelProvider provider, CellModelCall call, out string code, out string reason)
    {
        (code, reason) = (ModelCodes.AnswerMalformed, "It has no choices[0].message.");
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("choices", out var choices) || choices.ValueKind != JsonValueKind.Array || choices.GetArrayLength() == 0
            || choices[0] is not { ValueKind: JsonValueKind.Object } choice || !choice.TryGetProperty("message", out var message) || message.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        if (!message.TryGetProperty("content", out var content) || content.ValueKind != JsonValueKind.String || content.GetString() is not { Length: > 0 } text)
        {
            (code, reason) = (ModelCodes.AnswerEmpty, "Its message has no text.");
            return null;
        }

        if (WantsJson(call) && !TryJson(text, out text))
        {
            (code, reason) = (ModelCodes.AnswerNotJson, "JSON was asked for, and its text is none.");
            return null;
        }

        (code, reason) = ("", "");
        var body = Encoding.UTF8.GetBytes(text);
        var finish = choice.TryGetProperty("finish_reason", out var said) && said.ValueKind == JsonValueKind.String && IsWord(said.GetString()!) ? said.GetString()! : "other";
        var (tokensIn, tokensOut) = (Usage(root, "prompt_tokens"), Usage(root, "completion_tokens"));
        var isEstimated = tokensIn is null || tokensOut is null;
        return new ModelAnswer(
            new ModelReply(provider.Name, provider.Model, finish, tokensIn ?? call.Need.InputTokens, tokensOut ?? Math.Min(ModelTokens.Estimate(body.Length), call.MaxTokens), body, reply.Address),
            isEstimated);
    }

    private static bool WantsJson(CellModelCall call)
    {
        using var request = JsonDocument.Parse(call.Request);
        return request.RootElement.TryGetProperty("response_format", out var format) && format.GetProperty("type").GetString() is not "text";
    }

    /// <summary>Some wrap it into a fence, as if it were for a page.</summary>
    private static bool TryJson(string text, out string json)
    {
        json = text.Trim();
        if (json.StartsWith("```", StringComparison.Ordinal) && json.EndsWith("```", StringComparison.Ordinal) && json.IndexOf('\n') is var line && line > 0 && line < json.Length - 3)
        {
            json = json[(line + 1)..^3].Trim();
        }

        try
        {
            using var _ = JsonDocument.Parse(json);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static long? Usage(JsonElement root, string name) =>
        root.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object && usage.TryGetProperty(name, out var count)
        && count.ValueKind == JsonValueKind.Number && count.TryGetInt64(out var tokens) && tokens is >= 0 and <= MostUsage ? tokens : null;

    private static string Of(HttpReply reply, string header) => reply.Headers.FirstOrDefault(field => field.Name == header).Value ?? "";

    private static bool IsWord(string text) => text.Length is > 0 and <= MostWord && text.All(static c => char.IsAsciiLetterLower(c) || c == '_');
}

/// <param name="IsEstimated">The provider did not count the tokens.</param>
internal sealed record ModelAnswer(ModelReply Reply, bool IsEstimated);
