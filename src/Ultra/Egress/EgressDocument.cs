using System.Text.Json;
using Voxeltron.Kernel;
using static Voxeltron.Ultra.SignedJson;

namespace Voxeltron.Ultra;

/// <summary>Reads the signed bytes of an egress profile. An unknown member is refused: a misspelt restriction must not be a missing one.</summary>
/// <remarks>
/// <code>
/// {"egress":"v1","grants":[{"addresses":["10.20.0.0/16"],"host":"claims.example.org","plain":true,"ports":[443]}],
///  "limits":{"redirects":0,"request_bytes":262144,"response_bytes":1048576,"timeout_ms":30000},
///  "name":"claims","not_after":"2027-06-30T00:00:00Z","serial":1,"tenant":"acme","trust":"-----BEGIN CERTIFICATE-----…"}
/// </code>
/// </remarks>
internal static class EgressDocument
{
    private const int MostGrants = 64;
    private const int MostPorts = 32;
    private const int MostAddresses = 64;
    private const string Version = "v1";

    public static bool TryRead(byte[] signed, out EgressProfile? profile, out EgressError error)
    {
        profile = null;
        if (signed.Length > EgressCredential.MostBytes)
        {
            error = new EgressError("", $"The profile has {signed.Length} bytes; at most {EgressCredential.MostBytes} are allowed.");
            return false;
        }

        try
        {
            if (!Jcs.Canonicalize(signed).AsSpan().SequenceEqual(signed))
            {
                error = new EgressError("", "The signed bytes are not canonical JSON (RFC 8785), so they could be read in two ways. Sign with: voxeltron egress sign.");
                return false;
            }

            using var document = JsonDocument.Parse(signed);
            profile = Read(document.RootElement);
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

    private static EgressProfile Read(JsonElement root)
    {
        Members(root, "", ["egress", "name", "not_after", "serial", "tenant", "grants", "limits", "trust"]);
        if (Text(root, "", "egress") is var version && version != Version)
        {
            throw Refuse("egress", $"'{version}' is not known; this fabric reads '{Version}'.");
        }

        var name = Text(root, "", "name");
        if (name.Length > Limits.NameLength || name.Any(static c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c is not ('-' or '_')))
        {
            throw Refuse("name", $"'{name}' is no name: 1 to {Limits.NameLength} of a-z, 0-9, '-' and '_'.");
        }

        var tenant = Text(root, "", "tenant");
        if (!TenantId.IsValid(tenant))
        {
            throw Refuse("tenant", $"'{tenant}' is no tenant.");
        }

        return new EgressProfile(
            name, new TenantId(tenant), TimeUs(root, "", "not_after"), (int)Number(root, "", "serial", 1, int.MaxValue, null), Grants(root), ReadLimits(root), Trust(root));
    }

    private static List<EgressGrant> Grants(JsonElement root)
    {
        var grants = new List<EgressGrant>();
        foreach (var grant in Items(root, "", "grants", 1, MostGrants))
        {
            var path = $"grants[{grants.Count}]";
            Members(grant, path, ["host", "addresses", "ports", "plain"]);
            var host = grant.GetMember("host") is null ? null : Text(grant, path, "host");
            if (host is not null && !EgressUrl.IsName(host))
            {
                throw Refuse(path + ".host", $"'{host}' is no lower-case DNS name. An address goes into addresses.");
            }

            var addresses = new List<NetworkRange>();
            foreach (var address in Items(grant, path, "addresses", host is null ? 1 : 0, MostAddresses))
            {
                if (address.ValueKind != JsonValueKind.String || !NetworkRange.TryParse(address.GetString(), out var range))
                {
                    throw Refuse($"{path}.addresses[{addresses.Count}]", $"{address.GetRawText()} is no network such as \"10.20.0.0/16\" or \"10.20.0.7\" with all bits behind its length zero.");
                }

                addresses.Add(range);
            }

            var ports = new List<int>();
            foreach (var port in Items(grant, path, "ports", 1, MostPorts))
            {
                ports.Add(port.ValueKind == JsonValueKind.Number && port.TryGetInt32(out var number) && number is >= 1 and <= 65535
                    ? number
                    : throw Refuse($"{path}.ports[{ports.Count}]", "A port is a whole number from 1 to 65535."));
            }

            grants.Add(new EgressGrant(host, addresses, ports, Boolean(grant, path, "plain")));
        }

        return grants;
    }

    private static EgressLimits ReadLimits(JsonElement root)
    {
        var usual = EgressLimits.Default;
        if (root.GetMember("limits") is not { } limits)
        {
            return usual;
        }

        Members(limits, "limits", ["timeout_ms", "request_bytes", "response_bytes", "redirects"]);
        return new EgressLimits(
            (int)Number(limits, "limits", "timeout_ms", 1, EgressLimits.MaxTimeoutMs, usual.TimeoutMs),
            (int)Number(limits, "limits", "request_bytes", 0, EgressLimits.MaxRequestBytes, usual.RequestBytes),
            (int)Number(limits, "limits", "response_bytes", 0, EgressLimits.MaxResponseBytes, usual.ResponseBytes),
            (int)Number(limits, "limits", "redirects", 0, EgressLimits.MaxRedirects, usual.Redirects));
    }

    private static string? Trust(JsonElement root)
    {
        if (root.GetMember("trust") is null)
        {
            return null;
        }

        var pem = Text(root, "", "trust");
        return pem.Contains("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal) && !pem.Contains("PRIVATE KEY", StringComparison.Ordinal)
            ? pem
            : throw Refuse("trust", "Use certificates in PEM; never a key.");
    }
}
