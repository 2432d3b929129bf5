namespace Voxeltron.Cli.Demo;

// The FHIR shapes every resource is made of: entries, references, identifiers, codings.
public sealed partial class BundleWriter
{
    private void Entry(string name, Action resource)
    {
        var type = name.Split('/')[0];
        _json.WriteStartObject();
        _json.WriteString("fullUrl", _draft.ByUuid ? "urn:uuid:" + _urls[name] : $"http://example.org/fhir/{type}/{_urls[name]}");
        _json.WriteStartObject("resource");
        _json.WriteString("resourceType", type);
        _json.WriteString("id", _urls[name]);
        resource();
        _json.WriteEndObject();
        _json.WriteEndObject();
    }

    private string Target(string name) => _draft.ByUuid ? "urn:uuid:" + _urls[name] : $"{name.Split('/')[0]}/{_urls[name]}";

    private void Reference(string member, string name)
    {
        _json.WriteStartObject(member);
        _json.WriteString("reference", Target(name));
        _json.WriteEndObject();
    }

    private void Profile(string name)
    {
        _json.WriteStartObject("meta");
        _json.WriteStartArray("profile");
        _json.WriteStringValue(Pas + name);
        _json.WriteEndArray();
        _json.WriteEndObject();
    }

    private void Identifier(string system, string value)
    {
        _json.WriteStartArray("identifier");
        _json.WriteStartObject();
        _json.WriteString("system", system);
        _json.WriteString("value", value);
        _json.WriteEndObject();
        _json.WriteEndArray();
    }

    private void Concept(string member, string system, string code, string? display)
    {
        _json.WriteStartObject(member);
        _json.WriteStartArray("coding");
        _json.WriteStartObject();
        _json.WriteString("system", system);
        _json.WriteString("code", code);
        if (display is not null)
        {
            _json.WriteString("display", display);
        }

        _json.WriteEndObject();
        _json.WriteEndArray();
        _json.WriteEndObject();
    }
}
