using System.Net;

namespace Voxeltron.Kernel;

/// <summary>
/// What cells of a profile may reach, as an operator signed it (docs/egress.md): named places and nothing else. It travels inside the
/// mission's spec; the broker, which alone can open a connection, checks signature and place itself and believes no worker.
/// </summary>
/// <param name="Name">For people and for metrics.</param>
/// <param name="Tenant">Whose missions may use it.</param>
/// <param name="NotAfterUs">The broker refuses it from then on. Unix microseconds.</param>
/// <param name="Serial">A higher one of the same tenant and name revokes the lower ones.</param>
/// <param name="Grants">At least one.</param>
/// <param name="Trust">Certificates that may have signed a server's, in PEM; null: those this machine trusts.</param>
public sealed record EgressProfile(
    string Name, TenantId Tenant, long NotAfterUs, int Serial, IReadOnlyList<EgressGrant> Grants, EgressLimits Limits, string? Trust = null)
{
    /// <summary>The grant that covers the place, by name or literal address as the URL has it; null when none does.</summary>
    /// <remarks>Says nothing yet of the addresses a name leads to: see <see cref="EgressGrant.Allows"/>.</remarks>
    public EgressGrant? Find(EgressUrl url)
    {
        foreach (var grant in Grants)
        {
            if (grant.Covers(url.Host, url.Address, url.Port) && (url.IsTls || grant.Plain))
            {
                return grant;
            }
        }

        return null;
    }
}

/// <summary>One place: a name, or networks, on certain ports.</summary>
/// <param name="Host">A lower-case DNS name; null where the grant is of addresses.</param>
/// <param name="Addresses">
/// With a host: the only networks its name may lead to, empty for any ordinary one. Without: the networks that a URL may name by literal address.
/// </param>
/// <param name="Ports">At least one.</param>
/// <param name="Plain">http is allowed besides https.</param>
public sealed record EgressGrant(string? Host, IReadOnlyList<NetworkRange> Addresses, IReadOnlyList<int> Ports, bool Plain)
{
    /// <summary>The grant is of this place.</summary>
    /// <param name="host">Lower case; a literal address in its usual text.</param>
    /// <param name="address">The literal address; null for a name.</param>
    public bool Covers(string host, IPAddress? address, int port) =>
        Ports.Contains(port) && (Host is null ? address is not null && Allows(address) is null : address is null && Host == host);

    /// <summary>An address of the place may be connected to.</summary>
    /// <returns>Null, or why not, by word: one of <see cref="SpecialAddresses"/>, or <c>not_granted</c>.</returns>
    public string? Allows(IPAddress address)
    {
        var plain = NetworkRange.Plain(address);
        foreach (var range in Addresses)
        {
            if (range.Contains(plain))
            {
                return SpecialAddresses.Of(plain) is { } meant && !SpecialAddresses.IsMeantBy(range) ? meant : null;
            }
        }

        return SpecialAddresses.Of(plain) ?? (Host is not null && Addresses.Count == 0 ? null : "not_granted");
    }

    /// <summary>The address is meant by the grant itself, word for word: then even one of the fabric's own may be reached.</summary>
    public bool Names(IPAddress address)
    {
        foreach (var range in Addresses)
        {
            if (range.Length == (range.IsV6 ? 128 : 32) && range.Contains(address))
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>Bounds of one request of a profile; a request may ask for less.</summary>
/// <param name="TimeoutMs">From leaving the fabric to the last byte of the answer, redirects included.</param>
/// <param name="RequestBytes">Body sent.</param>
/// <param name="ResponseBytes">Body taken; more is an error, never a cut.</param>
/// <param name="Redirects">Followed at most, each one checked as the first address was; 0: the redirect itself is the answer.</param>
public sealed record EgressLimits(int TimeoutMs, int RequestBytes, int ResponseBytes, int Redirects)
{
    public const int MaxTimeoutMs = 300_000;
    public const int MaxRequestBytes = 256 * 1024;
    public const int MaxResponseBytes = 4 * 1024 * 1024;
    public const int MaxRedirects = 10;

    public static readonly EgressLimits Default = new(TimeoutMs: 30_000, RequestBytes: 256 * 1024, ResponseBytes: 1024 * 1024, Redirects: 0);
}
