using Voxeltron.Kernel;

namespace Voxeltron.Api.Auth;

/// <summary>Roles of API keys, and which of them the three kinds of endpoint take.</summary>
internal static class Roles
{
    public const string Operator = ApiRoles.Operator;
    public const string Auditor = ApiRoles.Auditor;

    /// <summary>Any role may read what its tenant owns.</summary>
    public static readonly string[] Readers = [.. ApiRoles.All];

    /// <summary>Take the log out of the fabric, payloads included.</summary>
    public static readonly string[] Exporters = [ApiRoles.Operator, ApiRoles.Auditor];

    /// <summary>Look at what serves all tenants.</summary>
    public static readonly string[] HostReaders = [ApiRoles.Operator, ApiRoles.Auditor];

    /// <summary>Start missions and feed them.</summary>
    public static readonly string[] MissionWriters = [ApiRoles.Operator, ApiRoles.Developer, ApiRoles.Tenant];

    /// <summary>Bring in code.</summary>
    public static readonly string[] ModuleWriters = [ApiRoles.Operator, ApiRoles.Developer];

    /// <summary>Do harm on purpose.</summary>
    public static readonly string[] FaultInjectors = [ApiRoles.Operator];

    /// <summary>Say whom missions may ask.</summary>
    public static readonly string[] ModelSetters = [ApiRoles.Operator];
}

/// <summary>Names of authorization policies.</summary>
internal static class Policies
{
    /// <summary>Key or cookie, any role.</summary>
    public const string Read = "read";

    /// <summary>Key or cookie, of who may take the log out.</summary>
    public const string Export = "export";

    /// <summary>Key or cookie, of who runs the fabric or audits it.</summary>
    public const string SeeHosts = "see-hosts";

    /// <summary>Key only: a browser's cookie never starts anything, so no page can be tricked into it.</summary>
    public const string WriteMissions = "write-missions";

    public const string WriteModules = "write-modules";

    /// <summary>Key only, of who runs the fabric.</summary>
    public const string InjectFaults = "inject-faults";

    /// <summary>Key only, of who runs the fabric.</summary>
    public const string SetModels = "set-models";

    /// <summary>A signed-in browser.</summary>
    public const string Browser = "browser";
}
