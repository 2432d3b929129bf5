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

    /// <summary>Grant what a mission may cost beyond its spec.</summary>
    public static readonly string[] BudgetGranters = [ApiRoles.Operator];

    /// <summary>Say yes or no to a gate: whose word counts, the mission's spec says.</summary>
    public static readonly string[] GateDeciders = [.. ApiRoles.Deciders];

    /// <summary>Say whose own key may sign decisions.</summary>
    public static readonly string[] ApproverEnrollers = [ApiRoles.Operator];

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
    public const string TopUp = "top-up";

    /// <summary>Key only, of who runs the fabric.</summary>
    public const string InjectFaults = "inject-faults";

    /// <summary>Key only: a page must not be able to decide in somebody's name.</summary>
    public const string DecideGates = "decide-gates";

    /// <summary>Key only, of who runs the fabric.</summary>
    public const string EnrollApprovers = "enroll-approvers";

    /// <summary>Key only, of who runs the fabric.</summary>
    public const string SetModels = "set-models";

    /// <summary>A signed-in browser.</summary>
    public const string Browser = "browser";
}
