namespace Voxeltron.Hosting;

/// <summary>The database roles. A process holds exactly one; only set-up and migration hold the owner's.</summary>
public enum FabricRole
{
    Owner,
    Api,
    Worker,
    Sre,
    Auditor,
}

public static class FabricRoles
{
    public static readonly IReadOnlyList<FabricRole> All = [FabricRole.Owner, FabricRole.Api, FabricRole.Worker, FabricRole.Sre, FabricRole.Auditor];

    /// <summary>Short lower-case word, as in the name of the secret's file.</summary>
    public static string Word(this FabricRole role) => role switch
    {
        FabricRole.Owner => "owner",
        FabricRole.Api => "api",
        FabricRole.Worker => "worker",
        FabricRole.Sre => "sre",
        FabricRole.Auditor => "auditor",
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, "no such role"),
    };

    /// <summary>Name of the role in Postgres. Roles belong to a whole server, so one server carries one fabric.</summary>
    public static string DatabaseName(this FabricRole role) => "voxeltron_" + role.Word();
}
