using System.Text.Json;
using Voxeltron.Api.Http;
using Voxeltron.Postgres;

namespace Voxeltron.Api.Inbox;

/// <summary>Reads an owner's <c>intent.refused</c> entry: the code stands in the body, the places in the payload.</summary>
internal static class Refusal
{
    private const string UnknownCode = "intent_refused";

    public static string Code(IntentRefusal refusal)
    {
        using var body = JsonDocument.Parse(refusal.Body);
        return body.RootElement.TryGetProperty("code", out var code) && code.GetString() is { } text ? text : UnknownCode;
    }

    /// <summary>Empty when the owner wrote none, or the payload was erased or has another form.</summary>
    public static IReadOnlyList<ProblemError> Errors(IntentRefusal refusal)
    {
        if (refusal.Payload is null)
        {
            return [];
        }

        try
        {
            using var payload = JsonDocument.Parse(refusal.Payload);
            return payload.RootElement.ValueKind == JsonValueKind.Object && payload.RootElement.TryGetProperty("errors", out var errors)
                && errors.ValueKind == JsonValueKind.Array
                ? [.. errors.EnumerateArray().Select(static error => new ProblemError(Text(error, "path"), Text(error, "code"), Text(error, "reason")))]
                : [];
        }
        catch (JsonException)
        {
            // A payload from another version; the code alone must do.
            return [];
        }
    }

    public static ProblemException Problem(IntentRefusal refusal, IReadOnlyList<KeyValuePair<string, string>> members)
    {
        var code = Code(refusal);
        var errors = Errors(refusal);
        var detail = errors.Count > 0 ? string.Join(" ", errors.Select(static error => $"{error.Path}: {error.Reason}")) : $"The owner host refused it: {code}.";
        return new ProblemException(Problems.RefusedByOwner(code), detail) { Errors = errors, Members = members };
    }

    private static string Text(JsonElement error, string name) =>
        error.ValueKind == JsonValueKind.Object && error.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : "";
}
