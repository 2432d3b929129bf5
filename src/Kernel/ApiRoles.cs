namespace Voxeltron.Kernel;

/// <summary>Roles an API key may have; <c>control.api_key</c> knows the same words. What each may do is the Api's to say (docs/http.md).</summary>
public static class ApiRoles
{
    public const string Operator = "operator";
    public const string Developer = "developer";
    public const string Tenant = "tenant";
    public const string Auditor = "auditor";
    public const string Approver = "approver";

    /// <summary>Those whose decisions a gate may count: who audits does not decide what is audited.</summary>
    public static readonly IReadOnlyList<string> Deciders = [Operator, Developer, Tenant, Approver];

    public static readonly IReadOnlyList<string> All = [Operator, Developer, Tenant, Auditor, Approver];
}
