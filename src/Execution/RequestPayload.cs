using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Voxeltron.Cells;
using Voxeltron.Kernel;

namespace Voxeltron.Execution;

/// <summary>Requests and denials inside an action's payload (see <see cref="ActionPayload"/>).</summary>
public static class RequestPayload
{
    internal static void WriteDenied(Utf8JsonWriter json, IReadOnlyList<CellDenial> denied)
    {
        json.WriteStartArray("denied"u8);
        foreach (var one in denied)
        {
            json.WriteStartObject();
            json.WriteString("code"u8, one.Code);
            json.WriteNumber("count"u8, one.Count);
            json.WriteString("place"u8, one.Place);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    internal static void WriteRequests(Utf8JsonWriter json, IReadOnlyList<CellRequest> requests)
    {
        json.WriteStartArray("requests"u8);
        foreach (var request in requests)
        {
            json.WriteStartObject();
            ActionPayload.WriteBytes(json, "body"u8, request.Body);
            json.WriteStartArray("headers"u8);
            foreach (var field in request.Headers)
            {
                json.WriteStartArray();
                json.WriteStringValue(field.Name);
                json.WriteStringValue(field.Value);
                json.WriteEndArray();
            }

            json.WriteEndArray();
            json.WriteString("method"u8, request.Method);
            json.WriteNumber("redirects"u8, request.Redirects);
            json.WriteNumber("response_bytes"u8, request.ResponseBytes);
            json.WriteString("tag"u8, request.Tag);
            json.WriteNumber("ticket"u8, request.Ticket);
            json.WriteNumber("timeout_ms"u8, request.TimeoutMs);
            json.WriteString("url"u8, request.Url.ToString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    internal static void WriteGates(Utf8JsonWriter json, IReadOnlyList<CellGate> gates)
    {
        json.WriteStartArray("gates"u8);
        foreach (var gate in gates)
        {
            json.WriteStartObject();
            json.WriteString("gate"u8, gate.Gate);
            json.WritePropertyName("rows"u8);
            json.WriteRawValue(gate.Rows, skipInputValidation: true);
            json.WritePropertyName("subject"u8);
            json.WriteRawValue(gate.Subject, skipInputValidation: true);
            json.WriteString("tag"u8, gate.Tag);
            json.WriteNumber("ticket"u8, gate.Ticket);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>What a fold takes of them.</summary>
    internal static IReadOnlyList<BegunRequest> ReadBegun(JsonElement root) =>
        [.. ReadBegun(root, "requests").Concat(ReadBegun(root, "models", isModel: true)).Concat(ReadBegun(root, "gates")).OrderBy(static begun => begun.Ticket)];

    private static IEnumerable<BegunRequest> ReadBegun(JsonElement root, string member, bool isModel = false) => root.TryGetProperty(member, out var begun)
        ? begun.EnumerateArray().Select(one => ReadBegun(one, one.GetProperty("ticket").GetInt64(), one.GetProperty("tag").GetString()!, isModel))
        : [];

    private static BegunRequest ReadBegun(JsonElement one, long ticket, string tag, bool isModel)
    {
        if (isModel)
        {
            var estimate = ModelTokens.Estimate(JsonMarshal.GetRawUtf8Value(one.GetProperty("request")).Length);
            return new BegunRequest(ticket, tag, IsModel: true, estimate, one.GetProperty("max_tokens").GetInt64());
        }

        if (!one.TryGetProperty("response_bytes", out var most))
        {
            // A gate.
            return new BegunRequest(ticket, tag);
        }

        var sends = LengthOf(one.GetProperty("body"));
        return new BegunRequest(ticket, tag, Sends: sends, Takes: most.GetInt64() + ((long)sends * one.GetProperty("redirects").GetInt64()));
    }

    /// <summary>Of bytes as <see cref="ActionPayload"/> writes them.</summary>
    private static int LengthOf(JsonElement bytes) => bytes.TryGetProperty("text", out var text)
        ? Encoding.UTF8.GetByteCount(text.GetString()!)
        : bytes.GetProperty("base64").GetBytesFromBase64().Length;

    /// <summary>One request whole, to be sent again.</summary>
    /// <exception cref="PayloadErasedException">It was erased.</exception>
    public static CellRequest Read(byte[]? payload, long ticket)
    {
        if (payload is null)
        {
            throw new PayloadErasedException($"Request {ticket} was erased before it was answered.");
        }

        using var document = JsonDocument.Parse(payload);
        foreach (var one in document.RootElement.GetProperty("requests").EnumerateArray())
        {
            if (one.GetProperty("ticket").GetInt64() == ticket && EgressUrl.TryParse(one.GetProperty("url").GetString()!, out var url))
            {
                return new CellRequest(
                    ticket,
                    one.GetProperty("method").GetString()!,
                    url,
                    [.. one.GetProperty("headers").EnumerateArray().Select(static pair => new HttpField(pair[0].GetString()!, pair[1].GetString()!))],
                    ActionPayload.ReadBytes(one.GetProperty("body")),
                    one.GetProperty("timeout_ms").GetInt32(),
                    one.GetProperty("response_bytes").GetInt32(),
                    one.GetProperty("redirects").GetInt32(),
                    one.GetProperty("tag").GetString()!);
            }
        }

        throw new InvariantException($"The action that asked has no request {ticket}.");
    }
}
