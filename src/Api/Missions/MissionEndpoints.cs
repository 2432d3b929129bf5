using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Voxeltron.Api.Auth;
using Voxeltron.Api.Http;
using Voxeltron.Api.Inbox;
using Voxeltron.Api.Signals;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Ultra;

namespace Voxeltron.Api.Missions;

/// <summary>Start, list and look at missions.</summary>
internal sealed class MissionEndpoints(
    MissionDirectory directory, MissionQueries missions, ModuleQueries modules, EventQueries events, IntentFactory intents, InboxCommitter inbox, JournalWait wait)
{
    private const string Scope = "missions";
    private const int DefaultWaitSeconds = 10;
    private static readonly string[] s_statuses = ["open", "running", "paused", "budget_exhausted", "completed", "failed", "cancelled"];

    public static void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/missions").WithTags("missions");
        group.MapPost("", static (HttpContext http, MissionEndpoints endpoints) => endpoints.SubmitAsync(http))
            .RequireAuthorization(Policies.WriteMissions)
            .WithSummary("Start a mission; needs the header Idempotency-Key")
            .Accepts<JsonElement>("application/json")
            .Produces<MissionView>(StatusCodes.Status201Created).Produces<MissionView>().Produces<MissionView>(StatusCodes.Status202Accepted)
            .ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status422UnprocessableEntity);
        group.MapGet("", static (HttpContext http, MissionEndpoints endpoints) => endpoints.ListAsync(http))
            .RequireAuthorization(Policies.Read).WithSummary("List missions, newest first").Produces<MissionPage>();
        group.MapGet("{id}", static (HttpContext http, string id, MissionEndpoints endpoints) => endpoints.FindAsync(http, id))
            .RequireAuthorization(Policies.Read).WithSummary("One mission").Produces<MissionView>();
    }

    private async Task<IResult> SubmitAsync(HttpContext http)
    {
        var caller = http.Caller();
        var cancel = http.RequestAborted;
        var key = Parameters.IdempotencyKey(http.Request);
        RequestBody.RequireContentType(http.Request, "application/json");
        var body = await RequestBody.ReadAsync(http.Request, Limits.MissionSpecBytes, cancel);
        if (body.Length == 0)
        {
            throw new ProblemException(Problems.BodyEmpty, "Send the mission spec as the body.");
        }

        var spec = SpecCheck.Parse(body);
        await RequireModulesAsync(caller.Tenant, spec, cancel);
        var mission = new MissionId(Guid.NewGuid());
        var intent = intents.MissionSubmitted(caller, mission, spec.Name, spec.Canonical);
        var submitted = await inbox.SubmitAsync(
            new Submission(intent, Scope, key, SHA256.HashData(body), mission.Hex, "mission", intent.Id), cancel);
        // A repeat is about the mission its first request made.
        mission = new MissionId(Guid.ParseExact(submitted.Resource, "N"));
        if (submitted.Status == SubmissionStatus.Conflict)
        {
            throw new ProblemException(Problems.IdempotencyConflict, $"Idempotency-Key '{key}' started {mission} with another body.")
            {
                Members = [new("mission_id", mission.ToString())],
            };
        }

        var row = await wait.UntilAsync(
            caller.Tenant,
            StreamId.Of(mission),
            Parameters.Wait(http.Request, DefaultWaitSeconds),
            token => OutcomeAsync(caller.Tenant, mission, submitted.InboxId, token),
            cancel);
        var attached = submitted.Status == SubmissionStatus.Attached;
        if (attached)
        {
            http.Response.Headers["Idempotency-Replayed"] = "true";
        }
        else
        {
            directory.Remember(caller.Tenant, mission, intent.Id, spec.Canonical).Admitted = row is not null;
        }

        http.Response.Headers.Location = $"/v1/missions/{mission}";
        return row is null
            ? Results.Json(Submitted(mission, intent, spec.Name), ApiJson.Default.MissionView, statusCode: StatusCodes.Status202Accepted)
            : Results.Json(MissionView.Of(row), ApiJson.Default.MissionView, statusCode: attached ? StatusCodes.Status200OK : StatusCodes.Status201Created);
    }

    private async Task RequireModulesAsync(TenantId tenant, SubmittedSpec spec, CancellationToken cancel)
    {
        var known = await modules.FindManyAsync(tenant, [.. spec.Modules.Select(static named => named.Module).Distinct()], cancel);
        var registered = known.Where(static row => row.Status == "registered").Select(static row => row.Digest).ToHashSet();
        var missing = spec.Modules.Where(named => !registered.Contains(named.Module)).ToList();
        if (missing.Count > 0)
        {
            throw new ProblemException(Problems.UnknownModule, $"{missing.Count} task(s) name a module your tenant has not registered.")
            {
                Errors = [.. missing.Select(static named => new ProblemError(named.Path, "unknown_module", $"no registered module {named.Module}"))],
            };
        }
    }

    private async Task<MissionRow?> OutcomeAsync(TenantId tenant, MissionId mission, Guid intentId, CancellationToken cancel)
    {
        if (await missions.FindAsync(tenant, mission, cancel) is { } row)
        {
            return row;
        }

        return (await events.FindIntentAsync(tenant, intentId, cancel))?.Refusal is { } refusal
            ? throw Refusal.Problem(refusal, [new("mission_id", mission.ToString())])
            : null;
    }

    private async Task<IResult> ListAsync(HttpContext http)
    {
        var limit = Parameters.Limit(http.Request, fallback: 50, max: 500);
        var status = Parameters.OneOf(http.Request, "status", s_statuses);
        var cursor = Cursor(Parameters.Single(http.Request, "after"));
        var rows = await missions.ListAsync(http.Caller().Tenant, status, cursor, limit, http.RequestAborted);
        var next = rows.Count == limit ? $"{rows[^1].TimeCreatedUs}_{rows[^1].Mission.Hex}" : null;
        return Results.Json(new MissionPage([.. rows.Select(MissionView.Of)], next), ApiJson.Default.MissionPage);
    }

    private static (DateTime, MissionId)? Cursor(string? text)
    {
        if (text is null)
        {
            return null;
        }

        var parts = text.Split('_');
        return parts.Length == 2
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var us) && us < 253402300800_000_000
            && Guid.TryParseExact(parts[1], "N", out var id)
            ? (UnixTime.ToDateTime(us), new MissionId(id))
            : throw ProblemException.Parameter("after", "use next_after of the page before");
    }

    private async Task<IResult> FindAsync(HttpContext http, string id)
    {
        var tenant = http.Caller().Tenant;
        var cancel = http.RequestAborted;
        var mission = Parameters.Mission(id);
        if (await missions.FindAsync(tenant, mission, cancel) is { } row)
        {
            http.Response.Headers.ETag = $"\"{row.Seq}\"";
            return Results.Json(MissionView.Of(row), ApiJson.Default.MissionView);
        }

        var submitted = await missions.FindSubmittedAsync(tenant, mission, cancel)
            ?? throw new ProblemException(Problems.MissionNotFound, $"Your tenant has no mission {mission}.");
        using var body = JsonDocument.Parse(submitted.Body);
        var view = Unowned(mission, "submitted", body.RootElement, submitted.TimeCreated);
        if (submitted.Seq is not null && await events.FindRefusalAsync(tenant, StreamId.Of(mission), submitted.IntentId, cancel) is { } refusal)
        {
            view = view with { Status = "refused", Seq = refusal.Seq, Code = Refusal.Code(refusal), Errors = Refusal.Errors(refusal) };
        }

        return Results.Json(view, ApiJson.Default.MissionView);
    }

    private static MissionView Submitted(MissionId mission, Intent intent, string name)
    {
        using var body = JsonDocument.Parse(intent.Body.Utf8);
        var time = UnixTime.ToDateTime(body.RootElement.GetProperty("intent").GetProperty("time_us").GetInt64());
        return Unowned(mission, "submitted", body.RootElement, time) with { Name = name };
    }

    private static MissionView Unowned(MissionId mission, string status, JsonElement body, DateTime timeCreated) => new(
        mission.ToString(),
        body.GetProperty("name").GetString() ?? "",
        status,
        body.GetProperty("spec_digest").GetString() ?? "",
        0,
        0,
        new TaskCounts(0, 0, 0, 0, 0, 0, 0),
        null,
        ApiTime.Text(timeCreated),
        null,
        null,
        MissionLinks.Of(mission));
}
