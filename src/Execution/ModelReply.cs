using System.Buffers;
using System.Text.Json;
using Voxeltron.Ultra;

namespace Voxeltron.Execution;

/// <summary>What a model answered, as it is recorded and delivered.</summary>
/// <param name="Provider">Who was asked.</param>
/// <param name="Model">By which name.</param>
/// <param name="Finish">Why it ends: <c>stop</c>, <c>length</c>, or the provider's word.</param>
/// <param name="TokensIn">As the provider counted, or as they were estimated.</param>
/// <param name="Body">The text, UTF-8.</param>
/// <param name="Address">Where the connection led, for the auditor.</param>
public sealed record ModelReply(string Provider, string Model, string Finish, long TokensIn, long TokensOut, byte[] Body, string Address) : IReply
{
    /// <summary>The payload of <c>model.replied</c>: <c>{"address":…,"body":B,"finish":…,"model":…,"provider":…,"tokens_in":n,"tokens_out":n}</c>, B as in <see cref="ActionPayload"/>.</summary>
    public byte[] Write()
    {
        var buffer = new ArrayBufferWriter<byte>(Body.Length + 512);
        using var json = new Utf8JsonWriter(buffer, ActionPayload.Plain);
        json.WriteStartObject();
        json.WriteString("address"u8, Address);
        ActionPayload.WriteBytes(json, "body"u8, Body, HttpReply.IsReadable(Body));
        json.WriteString("finish"u8, Finish);
        json.WriteString("model"u8, Model);
        json.WriteString("provider"u8, Provider);
        json.WriteNumber("tokens_in"u8, TokensIn);
        json.WriteNumber("tokens_out"u8, TokensOut);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <exception cref="JsonException">The bytes are no recorded answer.</exception>
    public static ModelReply Read(byte[] payload)
    {
        using var document = JsonDocument.Parse(payload);
        var root = document.RootElement;
        return new ModelReply(
            root.GetProperty("provider").GetString()!,
            root.GetProperty("model").GetString()!,
            root.GetProperty("finish").GetString()!,
            root.GetProperty("tokens_in").GetInt64(),
            root.GetProperty("tokens_out").GetInt64(),
            ActionPayload.ReadBytes(root.GetProperty("body")),
            root.GetProperty("address").GetString()!);
    }

    internal void WriteEnvelope(JcsWriter json)
    {
        json.Name("model").BeginObject();
        json.Name("finish").String(Finish);
        json.Name("model").String(Model);
        json.Name("provider").String(Provider);
        json.Name("tokens_in").Integer(TokensIn);
        json.Name("tokens_out").Integer(TokensOut);
        json.EndObject();
    }
}

/// <summary>A provider that was asked, or would have been, and gave no answer.</summary>
/// <param name="Code">One of <see cref="Kernel.ModelCodes"/>, <see cref="Kernel.RequestCodes"/> and <see cref="Kernel.BrokerCodes"/>.</param>
/// <param name="SentUs">When the request was handed to the network, Unix microseconds; null: it was not.</param>
/// <param name="Us">How long it took to fail.</param>
/// <param name="Reason">For people; not told to the cell.</param>
public sealed record ModelTry(string Provider, bool IsExternal, string Code, long? SentUs, long Us, string Reason)
{
    /// <summary>The payload of <c>model.failed</c>: <c>[{"provider":…,"reason":…}…]</c>.</summary>
    public static byte[] Write(IReadOnlyList<ModelTry> tried)
    {
        var buffer = new ArrayBufferWriter<byte>(256 * (tried.Count + 1));
        using var json = new Utf8JsonWriter(buffer, ActionPayload.Plain);
        json.WriteStartArray();
        foreach (var one in tried)
        {
            json.WriteStartObject();
            json.WriteString("provider"u8, one.Provider);
            json.WriteString("reason"u8, one.Reason.Replace('\0', '\uFFFD'));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}
