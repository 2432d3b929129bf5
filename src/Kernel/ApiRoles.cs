namespace Voxeltron.Kernel;

/// <summary>Roles an API key may have; <c>control.api_key</c> knows the same words. What each may do is the Api's to say (docs/http.md).</summary>
public static class ApiRoles
{
    public const string Operator = "operator";
    public const string Developer = "developer";
    public const string Tenant = "tenant";
    public const string Auditor = "auditor";
    public const string Approver = "approver";

    public static readonly IReadOnlyList<string> All = [Operator, Developer, Tenant, Auditor, Approver];
}
