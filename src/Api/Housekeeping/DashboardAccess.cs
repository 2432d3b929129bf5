using Hangfire.Dashboard;
using Voxeltron.Api.Auth;
using Voxeltron.Kernel;

namespace Voxeltron.Api.Housekeeping;

/// <summary>
/// Who may open the dashboard, and who may press its buttons. The jobs serve all tenants, so only an operator of the built-in
/// tenant may trigger or delete; operators and auditors of a tenant may look. Hangfire's own default (local requests) is not
/// used: behind a proxy every request looks local.
/// </summary>
internal sealed class DashboardAccess : IDashboardAuthorizationFilter
{
    public bool Authorize(DashboardContext context)
    {
        var user = context.GetHttpContext().User;
        return user.Identity?.IsAuthenticated == true && Caller.Of(user).Role is Roles.Operator or Roles.Auditor;
    }

    public static bool IsReadOnly(DashboardContext context)
    {
        var user = context.GetHttpContext().User;
        return user.Identity?.IsAuthenticated != true || Caller.Of(user) is not { Role: Roles.Operator } caller || caller.Tenant != TenantId.Fabric;
    }
}
