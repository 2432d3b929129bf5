using System.Text.Json;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Replay;

/// <summary>Reads back what a replay takes from the record: ids, keys, measured times. Everything else it computes itself.</summary>
internal static class RecordedBodies
{
    /// <exception cref="FormatException">The body names no intent.</exception>
    public static Guid IntentId(EntryBody body)
    {
        using var document = JsonDocument.Parse(body.Utf8);
        return IntentHeader.TryParse(document.RootElement)?.Id ?? throw new FormatException("The body has no well-formed member 'intent'.");
    }

    public static BootRecord Boot(JsonElement body) => new(
        Cell(body),
        body.GetProperty("key").GetBytesFromBase64(),
        new ModuleDigest(Text(body, "module")),
        Text(body, "profile"),
        Text(body, "fingerprint"),
        Text(body, "task"),
        Attempt(body),
        Text(body, "reason"),
        NowUs(body),
        body.GetProperty("fuel").GetInt64(),
        body.GetProperty("writes").GetInt32(),
        BootStagesJson.Read(body.GetProperty("stages_us")),
        Warm: body.TryGetProperty("warm", out var warm) && warm.GetBoolean(),
        Netns: body.TryGetProperty("netns", out var netns) ? netns.GetString() : null,
        CellUs: CellUs(body));

    public static AbortRecord Abort(JsonElement body) => new(
        Cell(body),
        body.TryGetProperty("module", out var module) ? new ModuleDigest(module.GetString()!) : default,
        Text(body, "task"),
        Attempt(body),
        Text(body, "event") == "start",
        Text(body, "code"),
        NowUs(body),
        body.GetProperty("fuel").GetInt64(),
        Event(body),
        body.TryGetProperty("fingerprint", out var fingerprint) ? fingerprint.GetString() : null,
        body.TryGetProperty("by_view", out var view) ? view.GetString() : null,
        body.TryGetProperty("reload", out _),
        body.TryGetProperty("fault", out _),
        body.TryGetProperty("denied", out var denied) ? denied.GetInt32() : 0,
        CellUs(body));

    /// <summary>Measured by the host; null of a mission without a budget.</summary>
    public static long? CellUs(JsonElement body) => body.TryGetProperty("cell_us", out var us) ? us.GetInt64() : null;

    /// <summary>The event that was delivered, as far as the tickets say: what a delta told is computed.</summary>
    public static DeliveredEvent Event(JsonElement body) => new(
        body.TryGetProperty("timer", out var timer) ? timer.GetInt64() : 0,
        body.TryGetProperty("subscription", out var subscription) ? subscription.GetInt64() : 0,
        Reply: body.TryGetProperty("reply", out var reply) ? reply.GetInt64() : 0);

    /// <summary>The entry was written with a payload. Null columns then mean that it was erased, and otherwise that there never was one.</summary>
    public static bool CommitsToPayload(EntryBody body)
    {
        using var document = JsonDocument.Parse(body.Utf8);
        return document.RootElement.TryGetProperty(PayloadMember.Name, out _);
    }

    public static string PayloadDigest(EntryBody body)
    {
        using var document = JsonDocument.Parse(body.Utf8);
        return Text(document.RootElement.GetProperty(PayloadMember.Name), "digest");
    }

    public static string Text(JsonElement body, string name) => body.GetProperty(name).GetString()!;

    public static int Attempt(JsonElement body) => body.GetProperty("attempt").GetInt32();

    public static long NowUs(JsonElement body) => body.GetProperty("now_us").GetInt64();

    public static CellId Cell(JsonElement body) => CellId.TryParse(Text(body, "cell"), out var cell)
        ? cell
        : throw new VoxeltronException("journal_malformed", "An entry's body names no cell.");

    public static HostId Host(in EntryHeader header) => HostId.TryParse(header.Actor["host/".Length..], out var host)
        ? host
        : throw new VoxeltronException("journal_malformed", $"Entry {header.Seq} names no host as its actor.");
}
