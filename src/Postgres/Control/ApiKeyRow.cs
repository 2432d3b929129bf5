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

/// <summary>A key as an operator lists it: without even the hash of its secret.</summary>
public sealed record ApiKeyLine(string Tenant, string KeyId, string Name, string Role, DateTime TimeCreated, DateTime? TimeExpires, DateTime? TimeRevoked);
