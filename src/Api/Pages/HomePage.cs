using System.Text;
using Microsoft.AspNetCore.Antiforgery;
using Voxeltron.Api.Auth;
using Voxeltron.Postgres;
using Voxeltron.Ultra;

namespace Voxeltron.Api.Pages;

/// <summary>The landing page: the tenant's latest missions, and where everything else is.</summary>
internal sealed class HomePage(MissionQueries missions, IAntiforgery antiforgery)
{
    private const int Shown = 50;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", static (HttpContext http, HomePage page) => page.ShowAsync(http))
            .RequireAuthorization(Policies.Browser).ExcludeFromDescription();
        routes.MapGet("/style.css", static (HttpContext http) =>
            {
                http.Response.Headers.CacheControl = "max-age=3600";
                http.Response.Headers.XContentTypeOptions = "nosniff";
                return Results.Text(Style.Css, "text/css; charset=utf-8");
            })
            .AllowAnonymous().ExcludeFromDescription();
    }

    private async Task<IResult> ShowAsync(HttpContext http)
    {
        var caller = http.Caller();
        var rows = await missions.ListAsync(caller.Tenant, null, null, Shown, http.RequestAborted);
        var who =
            $"""
            <div class="who"><span>{Html.Text(caller.Name)} · {Html.Text(caller.Role)} of {Html.Text(caller.Tenant.Value)}</span>
            <form method="post" action="/logout">{LoginPage.Field(http, antiforgery)}<button type="submit">Sign out</button></form></div>
            """;
        return Html.Page(http, "Missions", Cards(rows) + Table(rows) + Links, who);
    }

    private const string Links =
        """
        <h2>More</h2>
        <ul class="links">
        <li><a href="/hangfire">Housekeeping jobs</a></li>
        <li><a href="/openapi/v1.json">OpenAPI document</a></li>
        <li><a href="/v1/missions">Missions as JSON</a></li>
        <li><a href="/v1/modules">Modules as JSON</a></li>
        <li><a href="/ready">Readiness</a></li>
        <li><a href="/metrics">Metrics</a></li>
        </ul>
        """;

    private static string Cards(IReadOnlyList<MissionRow> rows) =>
        $"""
        <h1>Missions</h1>
        <ul class="cards">
        <li><b>{rows.Count(static row => row.Status is "open" or "running")}</b><span>under way</span></li>
        <li><b>{rows.Count(static row => row.Status == "completed")}</b><span>completed</span></li>
        <li><b>{rows.Count(static row => row.Status is "failed" or "cancelled")}</b><span>failed or cancelled</span></li>
        <li><b>{rows.Sum(static row => row.TasksCompleted)}</b><span>tasks completed</span></li>
        <li><b>{rows.Sum(static row => row.TasksRefused)}</b><span>items refused</span></li>
        </ul>
        """;

    private static string Table(IReadOnlyList<MissionRow> rows)
    {
        if (rows.Count == 0)
        {
            return """<h2>None yet</h2><p class="hint">Start one with <code>POST /v1/missions</code> or with <code>scripts/demo</code>.</p>""";
        }

        var html = new StringBuilder(
            $"""
            <h2>Latest</h2>
            <div class="scroll" role="region" aria-label="Latest missions" tabindex="0"><table>
            <caption>The latest {rows.Count}, newest first. Times in UTC.</caption>
            <thead><tr><th scope="col">Name</th><th scope="col">Status</th><th scope="col" class="number">Done</th><th scope="col" class="number">Refused</th><th scope="col" class="number">Failed</th><th scope="col" class="number">Running</th><th scope="col" class="number">Total</th><th scope="col">Started</th><th scope="col">Mission</th></tr></thead>
            <tbody>
            """);
        foreach (var row in rows)
        {
            html.Append(
                $"""
                <tr><td>{Html.Text(row.Name)}</td><td><span class="status {Html.Text(row.Status)}">{Html.Text(row.Status)}</span></td>
                <td class="number">{row.TasksCompleted}</td><td class="number">{row.TasksRefused}</td><td class="number">{row.TasksFailed}</td><td class="number">{row.TasksRunning}</td><td class="number">{row.TasksTotal}</td>
                <td>{ApiTime.Text(row.TimeCreatedUs)[..19].Replace('T', ' ')}</td><td><a href="/v1/missions/{row.Mission}"><code>{row.Mission}</code></a></td></tr>
                """);
        }

        return html.Append("</tbody></table></div>").ToString();
    }
}
