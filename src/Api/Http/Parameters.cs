using System.Globalization;
using Voxeltron.Kernel;

namespace Voxeltron.Api.Http;

/// <summary>Reads and checks everything that comes in a path, query or header. What passes is plain ASCII of known length.</summary>
internal static class Parameters
{
    private const int MaxIdempotencyKeyLength = 200;

    /// <summary>As long as Postgres takes a name.</summary>
    private const int MaxViewNameLength = 63;

    /// <summary>Longest wait a client may ask for.</summary>
    private const int MaxWaitSeconds = 30;

    /// <summary>Proxies in between give a silent connection up after a minute.</summary>
    private const int MaxLongPollSeconds = 55;

    /// <summary>Names of modules, missions, inputs, items and tasks: <c>[A-Za-z0-9._-]{1,64}</c>.</summary>
    public static bool IsName(string? text) =>
        text is { Length: > 0 and <= Limits.NameLength } && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    public static string Name(string parameter, string? text) => IsName(text)
        ? text!
        : throw ProblemException.Parameter(parameter, $"use 1–{Limits.NameLength} of A–Z a–z 0–9 . _ -");

    /// <summary>Names of views, which SQL writes without quotes: <c>[a-z][a-z0-9_]{0,62}</c>.</summary>
    public static bool IsViewName(string? text) =>
        text is { Length: > 0 and <= MaxViewNameLength } && char.IsAsciiLetterLower(text[0])
        && text.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_');

    public static string ViewName(string parameter, string? text) => IsViewName(text)
        ? text!
        : throw ProblemException.Parameter(parameter, $"use a–z, then up to {MaxViewNameLength - 1} of a–z 0–9 _");

    public static string TaskKey(string? text)
    {
        var slash = text?.IndexOf('/') ?? -1;
        var sound = slash < 0 ? IsName(text) : IsName(text![..slash]) && IsName(text[(slash + 1)..]);
        return sound ? text! : throw ProblemException.Parameter("task_key", "use task or task/item");
    }

    public static MissionId Mission(string? text) =>
        // Guid.TryParse forgives braces and blanks; ids here do not have them.
        text is { Length: <= 40 } && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') && MissionId.TryParse(text, out var id)
            ? id
            : throw new ProblemException(Problems.MissionNotFound, "That is no mission id: it looks like mission_ and 32 hex digits.");

    public static ModuleDigest Module(string? text) => ModuleDigest.IsValid(text)
        ? new ModuleDigest(text!)
        : throw new ProblemException(Problems.ModuleNotFound, "That is no module digest: it is 64 lower-case hex digits.");

    public static int Limit(HttpRequest request, int fallback, int max) => (int)Number(request, "limit", fallback, 1, max);

    public static long Number(HttpRequest request, string name, long fallback, long min, long max)
    {
        var values = request.Query[name];
        if (values.Count == 0)
        {
            return fallback;
        }

        return values.Count == 1
            && long.TryParse(values[0], NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max
            ? value
            : throw ProblemException.Parameter(name, $"use one whole number from {min} to {max}");
    }

    public static string? OneOf(HttpRequest request, string name, ReadOnlySpan<string> allowed)
    {
        var values = request.Query[name];
        if (values.Count == 0)
        {
            return null;
        }

        if (values.Count == 1 && allowed.Contains(values[0]))
        {
            return values[0];
        }

        throw ProblemException.Parameter(name, "use one of " + string.Join(", ", allowed.ToArray()));
    }

    /// <summary>How long the answer may be waited for: <c>wait=55s</c>, at most that; none when absent.</summary>
    public static TimeSpan LongPoll(HttpRequest request)
    {
        if (Single(request, "wait") is not { } text)
        {
            return TimeSpan.Zero;
        }

        return int.TryParse(text.EndsWith('s') ? text.AsSpan(0, text.Length - 1) : text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= MaxLongPollSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw ProblemException.Parameter("wait", $"use 0s to {MaxLongPollSeconds}s");
    }

    /// <summary>At most one value; null when absent.</summary>
    public static string? Single(HttpRequest request, string name)
    {
        var values = request.Query[name];
        return values.Count <= 1 ? values.ToString() is { Length: > 0 } text ? text : null : throw ProblemException.Parameter(name, "give it once");
    }

    public static string IdempotencyKey(HttpRequest request)
    {
        var values = request.Headers["Idempotency-Key"];
        return values.Count == 1 && values[0] is { Length: > 0 and <= MaxIdempotencyKeyLength } key && key.All(static c => c is > ' ' and < '\x7f')
            ? key
            : throw new ProblemException(Problems.IdempotencyKeyMissing, $"Send the header Idempotency-Key once, with 1–{MaxIdempotencyKeyLength} visible ASCII characters.");
    }

    /// <summary>Where an item's key stands in for the header: one that says otherwise would promise what is not kept.</summary>
    public static void IdempotencyKeyIs(HttpRequest request, string item)
    {
        var values = request.Headers["Idempotency-Key"];
        if (values.Count > 0 && (values.Count > 1 || values[0] != item))
        {
            throw new ProblemException(Problems.IdempotencyKeyDiffers, $"The item's key is '{item}', and the header Idempotency-Key says something else.");
        }
    }

    /// <summary>RFC 7240: <c>Prefer: wait=N</c> or <c>respond-async</c>. Preferences we do not know are ignored, as the RFC asks.</summary>
    public static TimeSpan Wait(HttpRequest request, int fallbackSeconds)
    {
        var seconds = fallbackSeconds;
        foreach (var part in request.Headers["Prefer"].SelectMany(static value => (value ?? "").Split(',', StringSplitOptions.TrimEntries)))
        {
            if (part.Equals("respond-async", StringComparison.OrdinalIgnoreCase))
            {
                seconds = 0;
            }
            else if (part.StartsWith("wait=", StringComparison.OrdinalIgnoreCase)
                && int.TryParse(part.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out var asked))
            {
                seconds = Math.Min(asked, MaxWaitSeconds);
            }
        }

        return TimeSpan.FromSeconds(seconds);
    }
}
