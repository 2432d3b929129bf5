using System.Text.Json;
using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>The <c>intent</c> member of an intent's body: it ties the signature to one place, so that a signed body cannot be replayed in another stream.</summary>
public sealed record IntentHeader(string Actor, Guid Id, string Kind, StreamId Stream, TenantId Tenant, long TimeUs)
{
    private const int Version = 1;

    public void WriteTo(JcsWriter writer)
    {
        writer.BeginObject()
            .Name("actor").String(Actor)
            .Name("id").String(Id.ToString("N"))
            .Name("kind").String(Kind)
            .Name("stream").String(Stream.Hex)
            .Name("tenant").String(Tenant.Value)
            .Name("time_us").Integer(TimeUs)
            .Name("v").Integer(Version)
            .EndObject();
    }

    /// <param name="body">A whole entry body.</param>
    /// <returns>Null when there is no well-formed <c>intent</c> member.</returns>
    public static IntentHeader? TryParse(JsonElement body)
    {
        if (body.GetObject("intent") is not { } json || json.GetText("actor") is not { } actor
            || !Guid.TryParseExact(json.GetText("id"), "N", out var id) || json.GetText("kind") is not { } kind
            || !Guid.TryParseExact(json.GetText("stream"), "N", out var stream) || json.GetText("tenant") is not { } tenant
            || !TenantId.IsValid(tenant) || json.GetInteger("time_us") is not { } timeUs || json.GetInteger("v") != Version)
        {
            return null;
        }

        return new IntentHeader(actor, id, kind, new StreamId(stream), new TenantId(tenant), timeUs);
    }
}
