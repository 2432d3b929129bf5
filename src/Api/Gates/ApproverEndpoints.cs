using System.Security.Cryptography;
using System.Text.Json;
using Voxeltron.Api.Auth;
using Voxeltron.Api.Http;
using Voxeltron.Api.Inbox;
using Voxeltron.Api.Missions;
using Voxeltron.Api.Signals;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Ultra;

namespace Voxeltron.Api.Gates;

/// <summary>Whose own keys sign decisions. Enrolling is an operator's act in the tenant's system stream; only the public half of a key ever comes here.</summary>
internal sealed class ApproverEndpoints(ApproverQueries approvers, KeyRing keys, IntentFactory intents, InboxCommitter inbox, EventQueries events, JournalWait wait)
{
    private const int DefaultWaitSeconds = 10;
    private const int MaxBodyBytes = 4 * 1024;
    private const int MaxListed = 1_000;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/approvers").WithTags("gates");
        group.MapGet("", static (HttpContext http, ApproverEndpoints endpoints) => endpoints.ListAsync(http))
            .RequireAuthorization(Policies.Read).WithSummary("Enrolled approvers, newest first, revoked ones too").Produces<ApproverPage>();
        group.MapPost("", static (HttpContext http, ApproverEndpoints endpoints) => endpoints.EnrollAsync(http))
            .RequireAuthorization(Policies.EnrollApprovers).WithSummary("Enrol an approver's public key")
            .Accepts<ApproverBody>("application/json")
            .Produces<ApproverActView>().Produces<ApproverActView>(StatusCodes.Status202Accepted).ProducesProblem(StatusCodes.Status422UnprocessableEntity);
        group.MapDelete("{name}", static (HttpContext http, string name, ApproverEndpoints endpoints) => endpoints.RevokeAsync(http, name))
            .RequireAuthorization(Policies.EnrollApprovers).WithSummary("Revoke an approver's key: decisions it signs count no more")
            .Produces<ApproverActView>().Produces<ApproverActView>(StatusCodes.Status202Accepted).ProducesProblem(StatusCodes.Status422UnprocessableEntity);
    }

    private async Task<IResult> ListAsync(HttpContext http)
    {
        var rows = await approvers.ListAsync(http.Caller().Tenant, MaxListed, http.RequestAborted);
        return Results.Json(new ApproverPage([.. rows.Select(ApproverView.Of)]), ApiJson.Default.ApproverPage);
    }

    private async Task<IResult> EnrollAsync(HttpContext http)
    {
        var caller = http.Caller();
        RequestBody.RequireContentType(http.Request, "application/json");
        var body = await RequestBody.ReadAsync(http.Request, MaxBodyBytes, http.RequestAborted);
        if (body.Length == 0)
        {
            throw new ProblemException(Problems.BodyEmpty, "Send {\"name\":\"dr.grey\",\"public_key\":\"…\",\"principal\":\"…\"} as the body.");
        }

        using var document = JsonDocument.Parse(SpecCheck.Canonicalize(body));
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new ProblemException(Problems.JsonNotObject, "An enrolment is one JSON object.");
        }

        foreach (var member in root.EnumerateObject())
        {
            if (member.Name is not ("name" or "public_key" or "principal"))
            {
                throw ProblemException.Parameter(member.Name, "is not known here; an enrolment has name, public_key and principal");
            }
        }

        var name = Parameters.Name("name", root.GetText("name"));
        var key = root.GetBase64("public_key") is { Length: Ed25519.PublicKeyBytes } bytes
            ? bytes
            : throw ProblemException.Parameter("public_key", "give an Ed25519 public key: 32 bytes in base64");
        // Of the caller's tenant: a signature that comes with another key counts for nothing, so a name that is none would enrol nobody.
        var principal = root.GetText("principal");
        if (principal is null || await keys.FindLiveAsync(principal, http.RequestAborted) is not { } row || row.Tenant != caller.Tenant)
        {
            throw ProblemException.Parameter("principal", "give the id of the API key their decisions will come with; GET /v1/whoami shows one's own");
        }

        return await SubmitAsync(http, caller, intents.ApproverEnrolled(caller, name, principal, key), body, name, "enrolled");
    }

    private async Task<IResult> RevokeAsync(HttpContext http, string nameText)
    {
        var caller = http.Caller();
        var name = Parameters.Name("name", nameText);
        return await SubmitAsync(http, caller, intents.ApproverRevoked(caller, name), [], name, "revoked");
    }

    private async Task<IResult> SubmitAsync(HttpContext http, Caller caller, Intent intent, byte[] body, string name, string done)
    {
        var key = http.Request.Headers.ContainsKey("Idempotency-Key") ? Parameters.IdempotencyKey(http.Request) : intent.Id.ToString("N");
        var submitted = await inbox.SubmitAsync(
            new Submission(intent, $"approvers/{name}/{done}", key, SHA256.HashData(body), name, "system", intent.Id), http.RequestAborted);
        if (submitted.Status == SubmissionStatus.Conflict)
        {
            throw new ProblemException(Problems.IdempotencyConflict, $"Idempotency-Key '{key}' came with another body before.");
        }

        var seq = await wait.UntilAsync(
            caller.Tenant,
            StreamId.System(caller.Tenant),
            Parameters.Wait(http.Request, DefaultWaitSeconds),
            async token =>
            {
                var state = await events.FindIntentAsync(caller.Tenant, submitted.InboxId, token);
                return state?.Refusal is { } refusal ? throw Refusal.Problem(refusal, []) : state?.ConsumedSeq is { } at ? new Admitted(at) : null;
            },
            http.RequestAborted);
        var status = seq is not null ? done : submitted.Status == SubmissionStatus.Attached ? "attached" : "accepted";
        return Results.Json(
            new ApproverActView(name, submitted.InboxId.ToString("N"), status, seq?.Seq), ApiJson.Default.ApproverActView,
            statusCode: seq is null ? StatusCodes.Status202Accepted : StatusCodes.Status200OK);
    }
}
