using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Voxeltron.Api.Http;

namespace Voxeltron.Api.Auth;

/// <summary>
/// Two ways in: a key in the header for programs, a cookie for browsers that traded a key at /login. Every endpoint asks for one
/// of them unless it says <c>AllowAnonymous</c>: forgetting the policy closes a door, it never opens one.
/// </summary>
internal static class AuthRegistration
{
    public const string CookieScheme = CookieAuthenticationDefaults.AuthenticationScheme;
    private const string EitherScheme = "KeyOrCookie";
    private const string CookieName = "voxeltron";
    private static readonly TimeSpan s_cookieLifetime = TimeSpan.FromHours(8);

    public static void AddVoxeltronAuth(this IServiceCollection services)
    {
        // Cookie keys live in memory only: nothing at rest to steal, and a restart signs browsers out, which is acceptable.
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        services.AddSingleton<KeyRing>();
        services.AddAuthentication(EitherScheme)
            .AddPolicyScheme(EitherScheme, null, options => options.ForwardDefaultSelector = Select)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyHandler>(ApiKeyHandler.SchemeName, null)
            .AddCookie(CookieScheme, ConfigureCookie);
        services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build())
            .AddPolicy(Policies.Read, policy => policy.RequireRole(Roles.Readers))
            .AddPolicy(Policies.Export, policy => policy.RequireRole(Roles.Exporters))
            .AddPolicy(Policies.SeeHosts, policy => policy.RequireRole(Roles.HostReaders))
            .AddPolicy(Policies.WriteMissions, policy => policy.AddAuthenticationSchemes(ApiKeyHandler.SchemeName).RequireRole(Roles.MissionWriters))
            .AddPolicy(Policies.WriteModules, policy => policy.AddAuthenticationSchemes(ApiKeyHandler.SchemeName).RequireRole(Roles.ModuleWriters))
            .AddPolicy(Policies.TopUp, policy => policy.AddAuthenticationSchemes(ApiKeyHandler.SchemeName).RequireRole(Roles.BudgetGranters))
            .AddPolicy(Policies.InjectFaults, policy => policy.AddAuthenticationSchemes(ApiKeyHandler.SchemeName).RequireRole(Roles.FaultInjectors))
            .AddPolicy(Policies.DecideGates, policy => policy.AddAuthenticationSchemes(ApiKeyHandler.SchemeName).RequireRole(Roles.GateDeciders))
            .AddPolicy(Policies.EnrollApprovers, policy => policy.AddAuthenticationSchemes(ApiKeyHandler.SchemeName).RequireRole(Roles.ApproverEnrollers))
            .AddPolicy(Policies.SetModels, policy => policy.AddAuthenticationSchemes(ApiKeyHandler.SchemeName).RequireRole(Roles.ModelSetters))
            .AddPolicy(Policies.Browser, policy => policy.AddAuthenticationSchemes(CookieScheme).RequireRole(Roles.Readers));
        services.AddAntiforgery(options =>
        {
            options.Cookie.Name = CookieName + "-form";
            options.Cookie.HttpOnly = true;
            options.Cookie.SameSite = SameSiteMode.Strict;
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
    }

    private static string Select(HttpContext http)
    {
        if (http.Request.Headers.Authorization.Count > 0)
        {
            return ApiKeyHandler.SchemeName;
        }

        return http.Request.Path.StartsWithSegments("/v1") && !http.Request.Cookies.ContainsKey(CookieName)
            ? ApiKeyHandler.SchemeName
            : CookieScheme;
    }

    private static void ConfigureCookie(CookieAuthenticationOptions options)
    {
        options.Cookie.Name = CookieName;
        options.Cookie.HttpOnly = true;
        options.Cookie.SameSite = SameSiteMode.Strict;
        options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        options.ExpireTimeSpan = s_cookieLifetime;
        options.SlidingExpiration = false;
        options.LoginPath = "/login";
        options.Events = new CookieAuthenticationEvents
        {
            OnValidatePrincipal = StillLiveAsync,
            OnRedirectToLogin = context => context.Request.Path.StartsWithSegments("/v1")
                ? ProblemWriter.WriteAsync(context.HttpContext, Problems.Unauthorized, "The session has ended and no key was sent.")
                : Redirect(context),
            OnRedirectToAccessDenied = context =>
                ProblemWriter.WriteAsync(context.HttpContext, Problems.RoleForbidden, "This page is not for the role of the key you signed in with."),
        };
    }

    private static Task Redirect(RedirectContext<CookieAuthenticationOptions> context)
    {
        context.Response.Redirect(context.RedirectUri);
        return Task.CompletedTask;
    }

    /// <summary>A cookie is worth no more than its key: revoking the key ends the session within a second.</summary>
    private static async Task StillLiveAsync(CookieValidatePrincipalContext context)
    {
        var http = context.HttpContext;
        if (http.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null)
        {
            return;
        }

        var keyId = context.Principal?.FindFirst(Caller.KeyIdClaim)?.Value;
        var keys = http.RequestServices.GetRequiredService<KeyRing>();
        if (keyId is null || await keys.FindLiveAsync(keyId, http.RequestAborted) is not { } key)
        {
            context.RejectPrincipal();
            await http.SignOutAsync(CookieScheme);
            return;
        }

        // The role may have changed since the cookie was made.
        context.ReplacePrincipal(Caller.Principal(key, CookieScheme));
    }
}
