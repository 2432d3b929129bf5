using System.Text.Json;
using Voxeltron.Cells;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Execution;

/// <summary>Model calls inside an action's payload (see <see cref="ActionPayload"/>).</summary>
public static class ModelPayload
{
    internal static void WriteCalls(Utf8JsonWriter json, IReadOnlyList<CellModelCall> calls)
    {
        json.WriteStartArray("models"u8);
        foreach (var call in calls)
        {
            json.WriteStartObject();
            json.WriteString("class"u8, call.Class);
            json.WriteNumber("max_tokens"u8, call.MaxTokens);
            json.WritePropertyName("request"u8);
            json.WriteRawValue(call.Request, skipInputValidation: true);
            json.WriteString("tag"u8, call.Tag);
            json.WriteNumber("ticket"u8, call.Ticket);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>One call whole, to be sent again.</summary>
    /// <exception cref="PayloadErasedException">It was erased.</exception>
    public static CellModelCall Read(byte[]? payload, long ticket)
    {
        if (payload is null)
        {
            throw new PayloadErasedException($"Model call {ticket} was erased before it was answered.");
        }

        using var document = JsonDocument.Parse(payload);
        foreach (var one in document.RootElement.GetProperty("models").EnumerateArray())
        {
            if (one.GetProperty("ticket").GetInt64() == ticket)
            {
                return new CellModelCall(
                    ticket,
                    one.GetProperty("class").GetString()!,
                    one.GetProperty("max_tokens").GetInt32(),
                    Jcs.Canonicalize(System.Text.Encoding.UTF8.GetBytes(one.GetProperty("request").GetRawText())),
                    one.GetProperty("tag").GetString()!);
            }
        }

        throw new InvariantException($"The action that asked has no model call {ticket}.");
    }
}
