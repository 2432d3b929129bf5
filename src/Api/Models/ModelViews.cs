using System.Text.Json.Serialization;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Api.Models;

internal sealed record AirGapBody(bool On);

/// <param name="Status">accepted: no owner has answered yet; attached: the same, and the request is a repeat; holds.</param>
/// <param name="Seq">The entry, in the tenant's system stream.</param>
internal sealed record ModelsDeclaredView(int Serial, string Digest, int Providers, string IntentId, string Status, long? Seq);

/// <param name="Tenant">Whose model calls it is about; <c>fabric</c>: everybody's.</param>
internal sealed record AirGapView(string Tenant, bool On, string IntentId, string Status, long? Seq);

/// <param name="Serial">0: none were ever declared.</param>
/// <param name="AirGap">On, by the tenant's own switch or the fabric's.</param>
/// <param name="AirGapOfFabric">On by the fabric's, which only the fabric's operator opens.</param>
internal sealed record ModelsView(
    string Tenant, int Serial, string? Digest, string? NotAfter, string? TimeDeclared, long? DeclaredSeq, bool AirGap, bool AirGapOfFabric, IReadOnlyList<ModelProviderView> Providers)
{
    public static ModelsView Of(TenantId tenant, ModelCatalogRow? row, bool isGapOn, bool isFabricGapOn) => row is null
        ? new ModelsView(tenant.Value, 0, null, null, null, null, isGapOn || isFabricGapOn, isFabricGapOn, [])
        : new ModelsView(
            tenant.Value, row.Serial, row.Digest, ApiTime.Text(row.NotAfterUs), ApiTime.Text(row.TimeDeclaredUs), row.DeclaredSeq, isGapOn || isFabricGapOn, isFabricGapOn,
            [.. ModelsCredential.TryParse(row.Document, out _)?.Catalog.Providers.Select(ModelProviderView.Of) ?? []]);
}

/// <param name="Kind">owned or external.</param>
/// <param name="Key">The name of its secret; the secret itself is with the workers alone.</param>
internal sealed record ModelProviderView(
    string Name, string Kind, string Place, string Model, IReadOnlyList<string> Classes, int ContextTokens, int MaxOutputTokens,
    // As the document has them: the policy would write per1k.
    [property: JsonPropertyName("input_micro_per_1k")] long InputMicroPer1k, [property: JsonPropertyName("output_micro_per_1k")] long OutputMicroPer1k,
    int TimeoutMs, string? Key)
{
    public static ModelProviderView Of(ModelProvider provider) => new(
        provider.Name, provider.IsExternal ? "external" : "owned", provider.Url.Place, provider.Model, provider.Classes, provider.ContextTokens, provider.MaxOutputTokens,
        provider.Price.InputMicroPer1k, provider.Price.OutputMicroPer1k, provider.TimeoutMs, provider.Key);
}
