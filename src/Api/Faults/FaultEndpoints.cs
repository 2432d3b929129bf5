using System.Security.Cryptography;
using Voxeltron.Api.Auth;
using Voxeltron.Api.Http;
using Voxeltron.Api.Inbox;
using Voxeltron.Api.Missions;
using Voxeltron.Kernel;
using Voxeltron.Postgres;

namespace Voxeltron.Api.Faults;

/// <summary>Has a real fault done to a live cell, so that people see what heals it (ADR 18). Operators only, and only where the mission's spec allows it.</summary>
internal sealed class FaultEndpoints(MissionDirectory directory, IntentFactory intents, MissionInbox inbox)
{
    private const int DefaultWaitSeconds = 10;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/missions/{id}/faults", static (HttpContext http, string id, FaultEndpoints endpoints) => endpoints.InjectAsync(http, id))
            .WithTags("missions").RequireAuthorization(Policies.InjectFaults)
            .WithSummary("Inject a fault into a live cell; needs the header Idempotency-Key")
            .Accepts<FaultBody>("application/json")
            .Produces<FaultView>().Produces<FaultView>(StatusCodes.Status202Accepted)
            .ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status422UnprocessableEntity);

    private async Task<IResult> InjectAsync(HttpContext http, string id)
    {
        var caller = http.Caller();
        var cancel = http.RequestAborted;
        var mission = Parameters.Mission(id);
        // Required, as where a mission is started: a repeat whose first answer was lost must not do it twice.
        var key = Parameters.IdempotencyKey(http.Request);
        RequestBody.RequireContentType(http.Request, "application/json");
        var body = await RequestBody.ReadAsync(http.Request, FaultOrder.MaxBodyBytes, cancel);
        var order = FaultOrder.Parse(body);
        var known = await directory.GetAsync(caller.Tenant, mission, cancel);
        var intent = intents.FaultInjectRequested(caller, mission, order.Fault, order.Cell, order.Task);
        var submission = new Submission(intent, mission.Hex + "/faults", key, SHA256.HashData(body), order.Fault.Word(), null, intent.Id, UnlessEnded: true);
        var result = (await inbox.SubmitAsync(caller.Tenant, known, [submission], cancel))[0];
        if (result.Status == SubmissionStatus.Conflict)
        {
            throw new ProblemException(Problems.IdempotencyConflict, $"Idempotency-Key '{key}' came with another fault for {mission} before.")
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
        // Not refused, so the entry behind the intent is its answer: a replay demands it there.
        var view = new FaultView(
            mission.ToString(), order.Fault.Word(), order.Cell?.ToString(), order.Task, result.InboxId.ToString("N"),
            admitted is not null ? "injected" : attached ? "attached" : "accepted", admitted?.Seq + 1);
        return Results.Json(view, ApiJson.Default.FaultView, statusCode: admitted is null ? StatusCodes.Status202Accepted : StatusCodes.Status200OK);
    }
}
