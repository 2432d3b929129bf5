using System.Security.Claims;
using Voxeltron.Kernel;
using Voxeltron.Postgres;

namespace Voxeltron.Api.Auth;

/// <summary>Who asks: the key, its tenant and its role. Goes into every intent the caller causes.</summary>
internal sealed record Caller(TenantId Tenant, string KeyId, string Name, string Role)
{
    private const string TenantClaim = "voxeltron:tenant";
    public const string KeyIdClaim = "voxeltron:key";

    public static Caller Of(ClaimsPrincipal user) => new(
        new TenantId(Required(user, TenantClaim)),
        Required(user, KeyIdClaim),
        Required(user, ClaimTypes.Name),
        Required(user, ClaimTypes.Role));

    public static ClaimsPrincipal Principal(ApiKeyRow key, string scheme) => new(new ClaimsIdentity(
        [
            new Claim(TenantClaim, key.Tenant.Value),
            new Claim(KeyIdClaim, key.KeyId),
            new Claim(ClaimTypes.Name, key.Name),
            new Claim(ClaimTypes.Role, key.Role),
        ], scheme));

    private static string Required(ClaimsPrincipal user, string claim) =>
        user.FindFirstValue(claim) ?? throw new InvariantException($"An authenticated request without {claim}.");
}

internal static class CallerExtensions
{
    public static Caller Caller(this HttpContext http) => Auth.Caller.Of(http.User);
}
