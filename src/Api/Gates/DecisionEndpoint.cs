using System.Security.Cryptography;
using System.Text.Json;
using Voxeltron.Api.Auth;
using Voxeltron.Api.Http;
using Voxeltron.Api.Inbox;
using Voxeltron.Api.Missions;
using Voxeltron.Kernel;
using Voxeltron.Postgres;

namespace Voxeltron.Api.Gates;

/// <summary>
/// Takes a person's decision on a gate. Whether it counts is the mission's owner's to say, who knows the rule, the requesters and what has
/// changed; here it is checked for form, and vouched for: this API key sent it.
/// </summary>
internal sealed class DecisionEndpoint(GateEndpoints gates, MissionDirectory directory, EventQueries events, IntentFactory intents, MissionInbox inbox)
{
    private const int DefaultWaitSeconds = 10;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/gates/{mission}/{gate}:decide", static (HttpContext http, string mission, string gate, DecisionEndpoint endpoint) => endpoint.DecideAsync(http, mission, gate))
            .WithTags("gates").RequireAuthorization(Policies.DecideGates)
            .WithSummary("Approve or deny a gate, naming the digest of the document that was read")
            .Accepts<DecisionBody>("application/json")
            .Produces<DecisionView>().Produces<DecisionView>(StatusCodes.Status202Accepted)
            .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status422UnprocessableEntity);

    private async Task<IResult> DecideAsync(HttpContext http, string missionText, string gateText)
    {
        var caller = http.Caller();
        var cancel = http.RequestAborted;
        var (mission, gate) = (Parameters.Mission(missionText), GateEndpoints.Gate(gateText));
        RequestBody.RequireContentType(http.Request, "application/json");
        var body = await RequestBody.ReadAsync(http.Request, DecisionOrder.MaxBodyBytes, cancel);
        var order = DecisionOrder.Parse(body);
        await gates.GetAsync(caller.Tenant, mission, gate, cancel);
        var known = await directory.GetAsync(caller.Tenant, mission, cancel);
        var intent = intents.GateDecisionSubmitted(caller, mission, gate, order.Approves, order.Digest, order.Signature, order.Comment);
        var key = http.Request.Headers.ContainsKey("Idempotency-Key") ? Parameters.IdempotencyKey(http.Request) : intent.Id.ToString("N");
        // The key's own scope: two people may choose the same text.
        var submission = new Submission(intent, $"{mission.Hex}/gates/{gate}/{caller.KeyId}", key, SHA256.HashData(body), order.Digest, null, intent.Id, UnlessEnded: true);
        var result = (await inbox.SubmitAsync(caller.Tenant, known, [submission], cancel))[0];
        if (result.Status == SubmissionStatus.Conflict)
        {
            throw new ProblemException(Problems.IdempotencyConflict, $"Idempotency-Key '{key}' came with another decision before.")
            {
                Members = [new("mission_id", mission.ToString())],
            };
        }

        if (result.Status == SubmissionStatus.Attached)
        {
            http.Response.Headers["Idempotency-Replayed"] = "true";
        }

        var admitted = await inbox.AdmittedAsync(caller.Tenant, mission, result.InboxId, Parameters.Wait(http.Request, DefaultWaitSeconds), cancel);
        if (admitted is null)
        {
            var waits = result.Status == SubmissionStatus.Attached ? "attached" : "accepted";
            return Results.Json(new DecisionView(mission.ToString(), gate, result.InboxId.ToString("N"), waits, null, null), ApiJson.Default.DecisionView, statusCode: StatusCodes.Status202Accepted);
        }

        // Not refused, so the entry behind the intent is its answer: a replay demands it there.
        var answer = (await events.PageAsync(caller.Tenant, StreamId.Of(mission), admitted.Seq, 1, cancel))[0];
        using var told = JsonDocument.Parse(answer.Body);
        var (status, code) = answer.Kind == EntryKinds.GateVoided
            ? ("voided", told.RootElement.GetProperty("code").GetString())
            : (told.RootElement.GetProperty("state").GetString() is var state and ("approved" or "denied") ? state : "counted", null);
        return Results.Json(new DecisionView(mission.ToString(), gate, result.InboxId.ToString("N"), status!, code, answer.Seq), ApiJson.Default.DecisionView);
    }
}
