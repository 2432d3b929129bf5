using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>A row of <c>control.model_catalog</c>: the providers a tenant's missions may ask.</summary>
/// <param name="Digest">SHA-256 of the signed bytes, lower-case hex.</param>
/// <param name="Document">The envelope, verbatim as it was declared.</param>
/// <param name="DeclaredSeq">The intent, in the tenant's system stream.</param>
public sealed record ModelCatalogRow(TenantId Tenant, int Serial, string Digest, byte[] Document, int Providers, long NotAfterUs, long DeclaredSeq, long TimeDeclaredUs);

/// <summary>A row of <c>control.air_gap</c>. That of the tenant <c>fabric</c> holds for all.</summary>
/// <param name="SetSeq">The intent, in the tenant's system stream.</param>
public sealed record AirGapRow(TenantId Tenant, bool IsOn, long SetSeq, long TimeSetUs);
