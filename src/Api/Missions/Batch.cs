using System.Text.Json;
using Voxeltron.Api.Http;
using Voxeltron.Kernel;

namespace Voxeltron.Api.Missions;

/// <summary>A batch: one JSON object a line, <c>{"input","item","base64"}</c>. Read whole and checked whole before anything is written.</summary>
internal static class Batch
{
    public const int MaxLines = 1000;
    private const int MaxErrors = 50;
    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false, MaxDepth = 4 };

    public static IReadOnlyList<BatchLine> Parse(ReadOnlyMemory<byte> body)
    {
        var lines = new List<BatchLine>();
        var errors = new List<ProblemError>();
        var seen = new HashSet<(string, string)>();
        var number = 0;
        foreach (var range in Split(body))
        {
            number++;
            if (number > MaxLines)
            {
                throw new ProblemException(Problems.BodyTooLarge, $"A batch has at most {MaxLines} lines.");
            }

            var path = "/" + number;
            var line = TryParse(body[range], out var reason);
            if (line is null)
            {
                errors.Add(new ProblemError(path, "line_invalid", reason));
            }
            else if (!seen.Add((line.Input, line.Item)))
            {
                errors.Add(new ProblemError(path, "item_twice", "this input and item stand in an earlier line of the batch"));
            }
            else
            {
                lines.Add(line);
            }
        }

        if (errors.Count > 0)
        {
            throw new ProblemException(Problems.BatchLineInvalid, $"{errors.Count} of {number} lines cannot be read; nothing was written.")
            {
                Errors = [.. errors.Take(MaxErrors)],
            };
        }

        return lines.Count > 0 ? lines : throw new ProblemException(Problems.BodyEmpty, "The batch has no lines.");
    }

    private static List<Range> Split(ReadOnlyMemory<byte> body)
    {
        var ranges = new List<Range>();
        var start = 0;
        while (start < body.Length && ranges.Count <= MaxLines)
        {
            var length = body.Span[start..].IndexOf((byte)'\n');
            var end = length < 0 ? body.Length : start + length;
            ranges.Add(start..end);
            start = end + 1;
        }

        return ranges;
    }

    private static BatchLine? TryParse(ReadOnlyMemory<byte> line, out string reason)
    {
        try
        {
            using var document = JsonDocument.Parse(line, s_strict);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || root.EnumerateObject().Any(static member => member.Name is not ("input" or "item" or "base64")))
            {
                reason = "must be an object with the members input, item and base64";
                return null;
            }

            if (Text(root, "input") is not { } input || !Parameters.IsName(input) || Text(root, "item") is not { } item || !Parameters.IsName(item))
            {
                reason = $"input and item are 1–{Limits.NameLength} of A–Z a–z 0–9 . _ -";
                return null;
            }

            if (!root.TryGetProperty("base64", out var base64) || base64.ValueKind != JsonValueKind.String || !base64.TryGetBytesFromBase64(out var bytes))
            {
                reason = "base64 must be the item's bytes in base64";
                return null;
            }

            if (bytes.Length > Limits.TaskInputBytes)
            {
                reason = $"an item has at most {Limits.TaskInputBytes} bytes";
                return null;
            }

            reason = "";
            return new BatchLine(input, item, bytes);
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            // Text that is not UTF-8 surfaces as InvalidOperationException when a string is read.
            reason = "is not valid JSON";
            return null;
        }
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

internal sealed record BatchLine(string Input, string Item, byte[] Bytes);
