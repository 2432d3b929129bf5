using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Voxeltron.Kernel;
using static Voxeltron.Ultra.SignedJson;

namespace Voxeltron.Ultra;

/// <summary>Reads the signed bytes of a tenant's model providers.</summary>
/// <remarks>
/// <code>
/// {"models":"v1","not_after":"2027-06-30T00:00:00Z","providers":[
///   {"classes":["small"],"context_tokens":8192,"egress":{…DSSE…},"key":"west","kind":"external","max_output_tokens":1024,"model":"m-1","name":"west",
///    "price":{"input_micro_per_1k":150,"output_micro_per_1k":600},"timeout_ms":30000,"url":"https://models.example.org/v1"}],
///  "serial":1,"tenant":"acme"}
/// </code>
/// </remarks>
internal static class ModelsDocument
{
    private const int MostProviders = 32;
    private const int MostModelName = 256;
    private const string Version = "v1";

    /// <summary>Asked below a provider's url.</summary>
    public const string Path = "/chat/completions";

    public static bool TryRead(
        byte[] signed, [NotNullWhen(true)] out ModelCatalog? catalog, [NotNullWhen(true)] out IReadOnlyDictionary<string, EgressCredential>? egress, out EgressError error)
    {
        (catalog, egress) = (null, null);
        if (signed.Length > ModelsCredential.MostBytes)
        {
            error = new EgressError("", $"The document has {signed.Length} bytes; at most {ModelsCredential.MostBytes} are allowed.");
            return false;
        }

        try
        {
            if (!Jcs.Canonicalize(signed).AsSpan().SequenceEqual(signed))
            {
                error = new EgressError("", "The signed bytes are not canonical JSON (RFC 8785), so they could be read in two ways. Sign with: voxeltron models sign.");
                return false;
            }

            using var document = JsonDocument.Parse(signed);
            var ways = new Dictionary<string, EgressCredential>(StringComparer.Ordinal);
            catalog = Read(document.RootElement, ways);
            egress = ways;
            error = default;
            return true;
        }
        catch (JcsException malformed)
        {
            error = new EgressError("", $"The signed bytes are no JSON: {malformed.Message}");
            return false;
        }
        catch (SignedJsonException refused)
        {
            error = refused.Error;
            return false;
        }
    }

    private static ModelCatalog Read(JsonElement root, Dictionary<string, EgressCredential> egress)
    {
        Members(root, "", ["models", "tenant", "serial", "not_after", "providers"]);
        if (Text(root, "", "models") is var version && version != Version)
        {
            throw Refuse("models", $"'{version}' is not known; this fabric reads '{Version}'.");
        }

        var tenant = Text(root, "", "tenant");
        if (!TenantId.IsValid(tenant))
        {
            throw Refuse("tenant", $"'{tenant}' is no tenant.");
        }

        var providers = new List<ModelProvider>();
        // None: a tenant that asks nobody any more.
        foreach (var json in Items(root, "", "providers", 0, MostProviders))
        {
            var path = $"providers[{providers.Count}]";
            var provider = Provider(json, path);
            if (!egress.TryAdd(provider.Name, Way(json, path, provider)))
            {
                throw Refuse(Join(path, "name"), $"Another provider is called '{provider.Name}'.");
            }

            providers.Add(provider);
        }

        return new ModelCatalog(new TenantId(tenant), (int)Number(root, "", "serial", 1, int.MaxValue, null), TimeUs(root, "", "not_after"), providers);
    }

    private static ModelProvider Provider(JsonElement json, string path)
    {
        Members(json, path, ["name", "kind", "url", "model", "classes", "context_tokens", "max_output_tokens", "price", "timeout_ms", "key", "egress"]);
        var context = (int)Number(json, path, "context_tokens", 1, ModelGrant.MostTokens, null);
        return new ModelProvider(
            Name(json, path, "name"),
            Text(json, path, "kind") switch
            {
                "external" => true,
                "owned" => false,
                var other => throw Refuse(Join(path, "kind"), $"'{other}' is neither 'owned' nor 'external'."),
            },
            Url(json, path),
            Text(json, path, "model") is { Length: <= MostModelName } model ? model : throw Refuse(Join(path, "model"), $"At most {MostModelName} characters."),
            Classes(json, path),
            context,
            (int)Number(json, path, "max_output_tokens", 1, context, null),
            Price(json, path),
            (int)Number(json, path, "timeout_ms", 1, EgressLimits.MaxTimeoutMs, EgressLimits.Default.TimeoutMs),
            json.GetMember("key") is null ? null : Name(json, path, "key"));
    }

    private static string Name(JsonElement json, string path, string member) => Text(json, path, member) is var name && ModelGrant.IsName(name)
        ? name
        : throw Refuse(Join(path, member), $"'{name}' is no name: 1 to {Limits.NameLength} of a-z, 0-9, '-', '_' and '.', a letter or digit first.");

    private static EgressUrl Url(JsonElement json, string path)
    {
        var text = Text(json, path, "url").TrimEnd('/');
        return !text.Contains('?') && EgressUrl.TryParse(text + Path, out var url)
            ? url
            : throw Refuse(Join(path, "url"), "Use the http or https address chat/completions stands below, such as https://models.example.org/v1, without a query.");
    }

    private static List<string> Classes(JsonElement json, string path)
    {
        var classes = new List<string>();
        foreach (var item in Items(json, path, "classes", 1, ModelGrant.MostClasses))
        {
            classes.Add(item.ValueKind == JsonValueKind.String && item.GetString() is { } name && ModelGrant.IsName(name) && !classes.Contains(name)
                ? name
                : throw Refuse($"{path}.classes[{classes.Count}]", "A class is a name, and is named once."));
        }

        return classes;
    }

    private static ModelPrice Price(JsonElement json, string path)
    {
        var price = json.GetMember("price") ?? throw Refuse(Join(path, "price"), "It is needed; of what costs nothing, zeroes.");
        path = Join(path, "price");
        Members(price, path, ["input_micro_per_1k", "output_micro_per_1k"]);
        return new ModelPrice(
            Number(price, path, "input_micro_per_1k", 0, ModelPrice.MostMicroPer1k, null), Number(price, path, "output_micro_per_1k", 0, ModelPrice.MostMicroPer1k, null));
    }

    /// <summary>It must lead to the provider and nowhere else: nothing wider is to come in as a provider.</summary>
    private static EgressCredential Way(JsonElement json, string path, ModelProvider provider)
    {
        path = Join(path, "egress");
        if (EgressCredential.TryParse(json.GetMember("egress") ?? throw Refuse(path, "What lets a host reach the provider is needed: the envelope that voxeltron egress sign made."), out var error) is not { } way)
        {
            throw Refuse(error.Path.Length == 0 ? path : Join(path, error.Path), error.Reason);
        }

        return way.Profile.Grants is [{ Ports.Count: 1 }] && way.Profile.Find(provider.Url) is not null
            ? way
            : throw Refuse(path, $"It must grant {provider.Url.Place} and nothing else: one grant with one port.");
    }
}
