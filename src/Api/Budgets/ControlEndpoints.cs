using System.Security.Cryptography;
using System.Text.Json;
using Voxeltron.Api.Auth;
using Voxeltron.Api.Http;
using Voxeltron.Api.Inbox;
using Voxeltron.Api.Missions;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Ultra;

namespace Voxeltron.Api.Budgets;

/// <summary>What people do to a mission that runs: pause and resume it, have a failed task tried again, look at its budget and top it up.</summary>
internal sealed class ControlEndpoints(MissionDirectory directory, BudgetQueries budgets, IntentFactory intents, MissionInbox inbox)
{
    private const int DefaultWaitSeconds = 10;
    private const int MaxRetryBytes = 4 * 1024;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/missions/{id}/budget", static (HttpContext http, string id, ControlEndpoints endpoints) => endpoints.BudgetAsync(http, id))
            .WithTags("missions").RequireAuthorization(Policies.Read)
            .WithSummary("What a mission may cost and has cost").Produces<BudgetView>();
        Act(routes, "topup", Policies.TopUp, "Let a mission spend more", static (endpoints, http, id) => endpoints.TopUpAsync(http, id));
        Act(routes, "pause", Policies.WriteMissions, "Dispatch nothing more of a mission", static (endpoints, http, id) => endpoints.PauseAsync(http, id, pause: true));
        Act(routes, "resume", Policies.WriteMissions, "Let a paused mission go on", static (endpoints, http, id) => endpoints.PauseAsync(http, id, pause: false));
        Act(routes, "retry", Policies.WriteMissions, "Try a failed task again", static (endpoints, http, id) => endpoints.RetryAsync(http, id));
    }

    // Without Accepts: where a path has others beside it, a request without that type would find nothing there, instead of hearing that it may not.
    private static void Act(
        IEndpointRouteBuilder routes, string act, string policy, string summary, Func<ControlEndpoints, HttpContext, string, Task<IResult>> handle) =>
        routes.MapPost("/v1/missions/{id}:" + act, (HttpContext http, string id, ControlEndpoints endpoints) => handle(endpoints, http, id))
            .WithTags("missions").RequireAuthorization(policy).WithSummary(summary + "; give the header Idempotency-Key if you may repeat it")
            .Produces<ControlView>().Produces<ControlView>(StatusCodes.Status202Accepted)
            .ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status422UnprocessableEntity);

    private async Task<IResult> BudgetAsync(HttpContext http, string id)
    {
        var tenant = http.Caller().Tenant;
        var mission = Parameters.Mission(id);
        await directory.GetAsync(tenant, mission, http.RequestAborted);
        return Results.Json(BudgetView.Of(mission.ToString(), await budgets.FindAsync(tenant, mission, http.RequestAborted)), ApiJson.Default.BudgetView);
    }

    private async Task<IResult> TopUpAsync(HttpContext http, string id)
    {
        var mission = Parameters.Mission(id);
        // Required: money granted twice because an answer was lost would be somebody's.
        Parameters.IdempotencyKey(http.Request);
        RequestBody.RequireContentType(http.Request, "application/json");
        var body = await RequestBody.ReadAsync(http.Request, TopUpOrder.MaxBodyBytes, http.RequestAborted);
        var order = TopUpOrder.Parse(body);
        return await ActAsync(http, mission, "topup", null, body, caller => intents.BudgetTopUpRequested(caller, mission, order.More));
    }

    private Task<IResult> PauseAsync(HttpContext http, string id, bool pause)
    {
        var mission = Parameters.Mission(id);
        return ActAsync(http, mission, pause ? "pause" : "resume", null, [], caller => intents.PauseRequested(caller, mission, pause));
    }

    private async Task<IResult> RetryAsync(HttpContext http, string id)
    {
        var mission = Parameters.Mission(id);
        RequestBody.RequireContentType(http.Request, "application/json");
        var body = await RequestBody.ReadAsync(http.Request, MaxRetryBytes, http.RequestAborted);
        if (body.Length == 0)
        {
            throw new ProblemException(Problems.BodyEmpty, "Send {\"task\":\"TASK_KEY\"} as the body.");
        }

        using var document = JsonDocument.Parse(SpecCheck.Canonicalize(body));
        var task = document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("task", out var named) && named.ValueKind == JsonValueKind.String
            ? Parameters.TaskKey(named.GetString())
            : throw ProblemException.Parameter("task", "name the task: {\"task\":\"TASK_KEY\"}");
        return await ActAsync(http, mission, "retry", task, body, caller => intents.RetryRequested(caller, mission, task));
    }

    private async Task<IResult> ActAsync(HttpContext http, MissionId mission, string act, string? task, byte[] body, Func<Caller, Intent> build)
    {
        var caller = http.Caller();
        var cancel = http.RequestAborted;
        var key = http.Request.Headers.ContainsKey("Idempotency-Key") ? Parameters.IdempotencyKey(http.Request) : Guid.NewGuid().ToString("N");
        var known = await directory.GetAsync(caller.Tenant, mission, cancel);
        var intent = build(caller);
        var submission = new Submission(intent, $"{mission.Hex}/{act}", key, SHA256.HashData(body), act, null, intent.Id, UnlessEnded: true);
        var result = (await inbox.SubmitAsync(caller.Tenant, known, [submission], cancel))[0];
        if (result.Status == SubmissionStatus.Conflict)
        {
            throw new ProblemException(Problems.IdempotencyConflict, $"Idempotency-Key '{key}' came with another body of :{act} for {mission} before.")
            {
                Members = [new("mission_id", mission.ToString())],
            };
        }

        var attached = result.Status == SubmissionStatus.Attached;
        if (attached)
        {
            http.Response.Headers["Idempotency-Replayed"] = "true";
        }

        var admitted = await inbox.AdmittedAsync(caller.Tenant, mission, result.InboxId, Parameters.Wait(http.Request, DefaultWaitSeconds), cancel);
        var view = new ControlView(
            mission.ToString(), act, task, result.InboxId.ToString("N"), admitted is not null ? "done" : attached ? "attached" : "accepted", admitted?.Seq);
        return Results.Json(view, ApiJson.Default.ControlView, statusCode: admitted is null ? StatusCodes.Status202Accepted : StatusCodes.Status200OK);
    }
}
