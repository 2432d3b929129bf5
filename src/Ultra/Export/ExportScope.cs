using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>
/// Which streams an export holds. A part always takes with it what its proof needs: the fabric's system stream (keys) and
/// the tenant's (modules).
/// </summary>
/// <param name="Tenant">Null: the whole fabric.</param>
/// <param name="Mission">Null: every stream of the tenant.</param>
public sealed record ExportScope(TenantId? Tenant, MissionId? Mission)
{
    public static readonly ExportScope Whole = new(null, null);

    /// <summary>The word of the manifest.</summary>
    public string Kind => Tenant is null ? "fabric" : Mission is null ? "tenant" : "mission";

    public bool IsPartial => Tenant is not null;

    public bool Includes(StreamRef stream) =>
        Tenant is not { } tenant
        || (stream.Tenant == TenantId.Fabric && stream.Stream == StreamId.System(TenantId.Fabric))
        || (stream.Tenant == tenant && (Mission is not { } mission || stream.Stream == StreamId.Of(mission) || stream.Stream == StreamId.System(tenant)));

    /// <summary>In words, for reports.</summary>
    public override string ToString() => (Tenant, Mission) switch
    {
        (null, _) => "the whole fabric",
        ({ } tenant, null) => $"tenant {tenant}",
        ({ } tenant, { } mission) => $"{mission} of tenant {tenant}",
    };
}
