using Voxeltron.Kernel;

namespace Voxeltron.Postgres;

/// <summary>A row of <c>control.api_key</c>. The secret itself is nowhere.</summary>
public sealed record ApiKeyRow(
    TenantId Tenant,
    string KeyId,
    string Name,
    string Role,
    byte[] SecretSha256,
    DateTime? TimeExpires,
    DateTime? TimeRevoked)
{
    public bool IsLive(DateTime utcNow) => TimeRevoked is null && (TimeExpires is not { } expires || utcNow < expires);
}
