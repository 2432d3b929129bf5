using System.Security.Cryptography;
using Voxeltron.Api.Auth;
using Voxeltron.Api.Http;
using Voxeltron.Api.Inbox;
using Voxeltron.Api.Missions;
using Voxeltron.Postgres;

namespace Voxeltron.Api.Views;

/// <summary>
/// Gives a view of a running mission its SQL. To declare the same again is harmless, so a key is not asked for; with one, a
/// repeat attaches as anywhere else.
/// </summary>
internal sealed class ViewDeclareEndpoint(MissionDirectory directory, IntentFactory intents, MissionInbox inbox)
{
    // What the SQL lacks is said by the owner, and whoever declares a view wants to know.
    private const int DefaultWaitSeconds = 10;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPut("/v1/missions/{id}/views/{view}", static (HttpContext http, string id, string view, ViewDeclareEndpoint endpoint) => endpoint.DeclareAsync(http, id, view))
        .WithTags("views").RequireAuthorization(Policies.WriteMissions)
        .WithSummary("Declare a view, or declare it anew")
        .Accepts<ViewBody>("application/json")
        .Produces<DeclaredViewView>(StatusCodes.Status202Accepted).Produces<DeclaredViewView>().Produces<DeclaredViewView>(StatusCodes.Status201Created)
        .ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status422UnprocessableEntity);

    private async Task<IResult> DeclareAsync(HttpContext http, string id, string viewText)
    {
        var caller = http.Caller();
        var cancel = http.RequestAborted;
        var mission = Parameters.Mission(id);
        var view = Parameters.ViewName("view", viewText);
        RequestBody.RequireContentType(http.Request, "application/json");
        var known = await directory.GetAsync(caller.Tenant, mission, cancel);
        var body = await RequestBody.ReadAsync(http.Request, ViewDeclaration.MaxBodyBytes, cancel);
        if (body.Length == 0)
        {
            throw new ProblemException(Problems.BodyEmpty, "Send {\"sql\":\"…\",\"published\":true} as the body.");
        }

        var declaration = ViewDeclaration.Parse(body);
        var intent = intents.ViewDeclared(caller, mission, view, declaration.Published, declaration.Sql);
        var key = http.Request.Headers.ContainsKey("Idempotency-Key") ? Parameters.IdempotencyKey(http.Request) : intent.Id.ToString("N");
        var submission = new Submission(intent, $"{mission.Hex}/views/{view}", key, SHA256.HashData(body), view, null, intent.Id, UnlessEnded: true);
        var result = (await inbox.SubmitAsync(caller.Tenant, known, [submission], cancel))[0];
        if (result.Status == SubmissionStatus.Conflict)
        {
            throw new ProblemException(Problems.IdempotencyConflict, $"Idempotency-Key '{key}' declared '{view}' with another body.")
            {
                Members = [new("mission_id", mission.ToString()), new("view", view)],
            };
        }

        var attached = result.Status == SubmissionStatus.Attached;
        if (attached)
        {
            http.Response.Headers["Idempotency-Replayed"] = "true";
        }

        http.Response.Headers.Location = $"/v1/missions/{mission}/views/{view}";
        var admitted = await inbox.AdmittedAsync(caller.Tenant, mission, result.InboxId, Parameters.Wait(http.Request, DefaultWaitSeconds), cancel);
        var status = (admitted, attached) switch
        {
            (not null, _) => "admitted",
            (_, true) => "attached",
            _ => "accepted",
        };
        return Results.Json(
            new DeclaredViewView(mission.ToString(), view, declaration.Published, result.InboxId.ToString("N"), status, admitted?.Seq),
            ApiJson.Default.DeclaredViewView,
            statusCode: attached ? StatusCodes.Status200OK : admitted is null ? StatusCodes.Status202Accepted : StatusCodes.Status201Created);
    }
}

/// <summary>What a view is declared with.</summary>
internal sealed record ViewBody(string Sql, bool Published);

/// <param name="Status">accepted, attached, or admitted: an owner has appended it at <paramref name="Seq"/> and not refused it.</param>
internal sealed record DeclaredViewView(string MissionId, string View, bool Published, string IntentId, string Status, long? Seq);
