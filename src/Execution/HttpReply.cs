using System.Buffers;
using System.Text.Json;
using Voxeltron.Cells;

namespace Voxeltron.Execution;

/// <summary>What a server answered, as it is recorded and delivered.</summary>
/// <param name="Status">Of the last response.</param>
/// <param name="Headers">Lower-case names, in the order they came.</param>
/// <param name="Address">Where the last connection led, for the auditor.</param>
/// <param name="Url">Where it was found after redirects; null when there was none.</param>
public sealed record HttpReply(int Status, IReadOnlyList<HttpField> Headers, byte[] Body, string Address, string? Url) : IReply
{
    private static readonly System.Buffers.SearchValues<byte> s_control = System.Buffers.SearchValues.Create([.. Enumerable.Range(0, 32).Where(static c => c is not (9 or 10 or 13)).Select(static c => (byte)c), 0x7F]);

    /// <summary>The payload of <c>http.replied</c>: <c>{"address":…,"body":B,"headers":[[name,value]…],"status":n,"url":…?}</c>, B as in <see cref="ActionPayload"/>.</summary>
    public byte[] Write()
    {
        var buffer = new ArrayBufferWriter<byte>(Body.Length + 1_024);
        using var json = new Utf8JsonWriter(buffer, ActionPayload.Plain);
        json.WriteStartObject();
        json.WriteString("address"u8, Address);
        ActionPayload.WriteBytes(json, "body"u8, Body, IsReadable(Body));
        json.WriteStartArray("headers"u8);
        foreach (var field in Headers)
        {
            json.WriteStartArray();
            json.WriteStringValue(field.Name);
            json.WriteStringValue(field.Value);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteNumber("status"u8, Status);
        if (Url is not null)
        {
            json.WriteString("url"u8, Url);
        }

        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>As JSON a control character is six bytes: what has more than line ends and tabs is no text anybody reads.</summary>
    internal static bool IsReadable(ReadOnlySpan<byte> body) => !body.ContainsAny(s_control);

    /// <exception cref="JsonException">The bytes are no recorded reply.</exception>
    public static HttpReply Read(byte[] payload)
    {
        using var document = JsonDocument.Parse(payload);
        var root = document.RootElement;
        return new HttpReply(
            root.GetProperty("status").GetInt32(),
            [.. root.GetProperty("headers").EnumerateArray().Select(static pair => new HttpField(pair[0].GetString()!, pair[1].GetString()!))],
            ActionPayload.ReadBytes(root.GetProperty("body")),
            root.GetProperty("address").GetString()!,
            root.TryGetProperty("url", out var url) ? url.GetString() : null);
    }
}

/// <summary>A request that got no answer.</summary>
/// <param name="Place">Scheme, host and port it was for when it failed.</param>
/// <param name="Reason">For people; not told to the cell.</param>
public sealed record FailedRequest(long Ticket, string Place, string Reason)
{
    /// <summary>The payload of <c>http.failed</c> and <c>egress.refused</c>: <c>[{"place":…,"reason":…,"ticket":n}…]</c>.</summary>
    public static byte[] Write(IReadOnlyList<FailedRequest> failed)
    {
        var buffer = new ArrayBufferWriter<byte>(256 * failed.Count);
        using var json = new Utf8JsonWriter(buffer, ActionPayload.Plain);
        json.WriteStartArray();
        foreach (var one in failed)
        {
            json.WriteStartObject();
            json.WriteString("place"u8, one.Place);
            json.WriteString("reason"u8, one.Reason);
            json.WriteNumber("ticket"u8, one.Ticket);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}
