using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Voxeltron.Api.Auth;
using Voxeltron.Api.Http;

namespace Voxeltron.Api.Pages;

/// <summary>Trades a key for a cookie, and gives the cookie up. Both forms carry an antiforgery token.</summary>
internal sealed partial class LoginPage(KeyRing keys, IAntiforgery antiforgery, ILogger<LoginPage> logger)
{
    private const int MaxFormBytes = 16 * 1024;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/login", static (HttpContext http, LoginPage page) => page.Show(http, null, StatusCodes.Status200OK))
            .AllowAnonymous().ExcludeFromDescription();
        routes.MapPost("/login", static (HttpContext http, LoginPage page) => page.SignInAsync(http))
            .AllowAnonymous().ExcludeFromDescription();
        routes.MapPost("/logout", static (HttpContext http, LoginPage page) => page.SignOutAsync(http))
            .RequireAuthorization(Policies.Browser).ExcludeFromDescription();
    }

    /// <summary>The hidden field of a form, and its cookie.</summary>
    public static string Field(HttpContext http, IAntiforgery antiforgery)
    {
        var tokens = antiforgery.GetAndStoreTokens(http);
        return $"""<input type="hidden" name="{Html.Text(tokens.FormFieldName)}" value="{Html.Text(tokens.RequestToken)}">""";
    }

    private IResult Show(HttpContext http, string? error, int status)
    {
        var said = error is null ? "" : $"""<p class="error" role="alert">{Html.Text(error)}</p>""";
        var back = Html.Text(LocalPath(http.Request.Query["ReturnUrl"]));
        return Html.Page(
            http,
            "Sign in",
            $"""
            <h1>Sign in</h1>
            {said}
            <form class="login" method="post" action="/login?ReturnUrl={Uri.EscapeDataString(back)}">
            {Field(http, antiforgery)}
            <label for="key">API key</label>
            <input id="key" name="key" type="password" autocomplete="current-password" required autofocus aria-describedby="hint">
            <p class="hint" id="hint">The first key was made at set-up and lies in <code>api-key</code> in the fabric's state directory.</p>
            <button type="submit">Sign in</button>
            </form>
            """,
            status: status);
    }

    private async Task<IResult> SignInAsync(HttpContext http)
    {
        var form = await FormAsync(http);
        if (await keys.OpenAsync(form["key"].ToString().Trim(), http.RequestAborted) is not { } key)
        {
            LogRefused(http.Connection.RemoteIpAddress?.ToString() ?? "unknown");
            return Show(http, "That key opens nothing: it is mistyped, expired or revoked.", StatusCodes.Status401Unauthorized);
        }

        await http.SignInAsync(AuthRegistration.CookieScheme, Caller.Principal(key, AuthRegistration.CookieScheme));
        return Results.LocalRedirect(LocalPath(http.Request.Query["ReturnUrl"]));
    }

    private async Task<IResult> SignOutAsync(HttpContext http)
    {
        await FormAsync(http);
        await http.SignOutAsync(AuthRegistration.CookieScheme);
        return Results.LocalRedirect("/login");
    }

    private async Task<IFormCollection> FormAsync(HttpContext http)
    {
        if (!http.Request.HasFormContentType)
        {
            throw new ProblemException(Problems.ContentTypeUnsupported, "Send 'Content-Type: application/x-www-form-urlencoded'.");
        }

        if (http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = MaxFormBytes;
        }

        try
        {
            await antiforgery.ValidateRequestAsync(http);
            return await http.Request.ReadFormAsync(http.RequestAborted);
        }
        catch (AntiforgeryValidationException)
        {
            throw new ProblemException(Problems.Antiforgery, "The form did not come from a page of this site, or the page is too old.");
        }
        catch (InvalidDataException)
        {
            throw new ProblemException(Problems.RequestMalformed, "The form cannot be read.");
        }
    }

    /// <summary>Only a path of this site: a link must not send a signed-in person elsewhere.</summary>
    private static string LocalPath(string? url) =>
        url is { Length: > 0 and < 2000 } && url[0] == '/' && (url.Length == 1 || url[1] is not ('/' or '\\')) && !url.Any(char.IsControl) ? url : "/";

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sign-in refused from {Address}")]
    private partial void LogRefused(string address);
}
