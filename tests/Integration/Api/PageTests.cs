using System.Net;
using System.Text.RegularExpressions;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Xunit;

namespace Voxeltron.Tests.Integration.Api;

/// <summary>Goal: a browser gets in with a key only, stays in no longer than the key lives, and no foreign page can act for it.</summary>
public sealed partial class PageTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task A_key_opens_the_pages_and_the_cookie_is_strict()
    {
        using var browser = Browser();
        using var login = await SignInAsync(browser, await api.KeyAsync(ApiFixture.Tenant, "operator"));
        Assert.Equal(HttpStatusCode.Redirect, login.StatusCode);
        var cookie = login.Headers.GetValues("Set-Cookie").Single(static value => value.StartsWith("voxeltron=", StringComparison.Ordinal)).ToLowerInvariant();
        Assert.Contains("httponly", cookie, StringComparison.Ordinal);
        Assert.Contains("samesite=strict", cookie, StringComparison.Ordinal);
        var home = await browser.GetStringAsync("/");
        Assert.Contains("Missions", home, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", home, StringComparison.Ordinal);
        Assert.DoesNotContain("http://", home, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/v1/missions")).StatusCode);
    }

    [Fact]
    public async Task A_wrong_key_stays_outside()
    {
        using var browser = Browser();
        using var login = await SignInAsync(browser, "vxt_wrong");
        Assert.Equal(HttpStatusCode.Unauthorized, login.StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await browser.GetAsync("/")).StatusCode);
    }

    [Fact]
    public async Task A_form_without_its_token_is_refused()
    {
        using var browser = Browser();
        using var form = new FormUrlEncodedContent([new("key", await api.KeyAsync(ApiFixture.Tenant, "operator"))]);
        using var response = await browser.PostAsync("/login", form);
        await Problem.ExpectAsync(response, 400, "antiforgery");

        using var signedIn = Browser();
        await SignInAsync(signedIn, await api.KeyAsync(ApiFixture.Tenant, "operator"));
        using var logout = await signedIn.PostAsync("/logout", new FormUrlEncodedContent([]));
        await Problem.ExpectAsync(logout, 400, "antiforgery");
        Assert.Equal(HttpStatusCode.OK, (await signedIn.GetAsync("/")).StatusCode);
    }

    [Fact]
    public async Task A_cookie_writes_nothing()
    {
        using var browser = Browser();
        await SignInAsync(browser, await api.KeyAsync(ApiFixture.Tenant, "operator"));
        using var response = await browser.SendAsync(Requests.Mission("{}", "cookie"));
        await Problem.ExpectAsync(response, 401, "unauthorized");
    }

    [Fact]
    public async Task Revoking_the_key_ends_the_session()
    {
        var key = await api.KeyAsync(ApiFixture.Tenant, "operator");
        using var browser = Browser();
        await SignInAsync(browser, key);
        await new ApiKeyCommands(api.Database.Api).RevokeAsync(new TenantId(ApiFixture.Tenant), key[4..20], CancellationToken.None);
        await Eventually.TrueAsync("the session to end", async () => (await browser.GetAsync("/")).StatusCode == HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task Signing_in_never_leads_to_another_site()
    {
        foreach (var target in new[] { "//evil.example", "/\\evil.example", "https://evil.example/" })
        {
            using var browser = Browser();
            using var login = await SignInAsync(browser, await api.KeyAsync(ApiFixture.Tenant, "operator"), target);
            Assert.Equal("/", login.Headers.Location?.ToString());
        }
    }

    [Theory]
    [InlineData("demo", "operator", true, false)]
    [InlineData("demo", "auditor", true, false)]
    [InlineData("demo", "tenant", false, false)]
    [InlineData("fabric", "operator", true, true)]
    public async Task The_housekeeping_dashboard_opens_by_role_and_acts_only_for_the_fabrics_operator(string tenant, string role, bool opens, bool acts)
    {
        await api.Database.AdministerAsync("insert into control.tenant (tenant_id, display_name) values ('fabric', 'Fabric') on conflict do nothing");
        using var browser = Browser();
        await SignInAsync(browser, await api.KeyAsync(tenant, role));
        await Eventually.TrueAsync("the recurring jobs to be entered", async () =>
            await api.Database.ScalarAsync<long>("voxeltron_api", "select count(*) from hangfire.set where key = 'recurring-jobs'") == 3);
        using var page = await browser.GetAsync("/hangfire/recurring");
        Assert.Equal(opens, page.StatusCode == HttpStatusCode.OK);
        var html = await page.Content.ReadAsStringAsync();
        Assert.Equal(opens, html.Contains("prune-inbox", StringComparison.Ordinal));
        Assert.Equal(acts, html.Contains("data-url=\"/hangfire/recurring/trigger\"", StringComparison.Ordinal));
        using var trigger = await browser.PostAsync("/hangfire/recurring/trigger", new FormUrlEncodedContent([new("jobs[]", "prune-inbox")]));
        Assert.False(trigger.IsSuccessStatusCode, "acting needs an antiforgery token and, first of all, the right to act");
    }

    private HttpClient Browser() =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }) { BaseAddress = api.Url };

    private static async Task<HttpResponseMessage> SignInAsync(HttpClient browser, string key, string? target = null)
    {
        var path = "/login" + (target is null ? "" : "?ReturnUrl=" + Uri.EscapeDataString(target));
        var html = await browser.GetStringAsync(path);
        var token = TokenField().Match(html);
        Assert.True(token.Success, html);
        return await browser.PostAsync(path, new FormUrlEncodedContent([new(token.Groups[1].Value, token.Groups[2].Value), new("key", key)]));
    }

    [GeneratedRegex("<input type=\"hidden\" name=\"([^\"]+)\" value=\"([^\"]+)\">")]
    private static partial Regex TokenField();
}
