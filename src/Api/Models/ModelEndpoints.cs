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

namespace Voxeltron.Api.Models;

/// <summary>
/// Whom a tenant's missions may ask models of, and whether outside (ADR 24). Operators only: an intent in the tenant's system stream, whose owner
/// checks the operator's signature; a bounded wait for its answer. A key of the tenant <c>fabric</c> sets the air gap of all.
/// </summary>
internal sealed class ModelEndpoints(ModelQueries models, EventQueries events, IntentFactory intents, InboxCommitter inbox, JournalWait wait)
{
    private const int DefaultWaitSeconds = 10;
    private const int MaxGapBytes = 1_024;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/models").WithTags("models");
        group.MapPost("", static (HttpContext http, ModelEndpoints endpoints) => endpoints.DeclareAsync(http))
            .RequireAuthorization(Policies.SetModels)
            .WithSummary("Declare the model providers of the tenant; the body is what voxeltron models sign made")
            .Accepts<object>("application/json")
            .Produces<ModelsDeclaredView>().Produces<ModelsDeclaredView>(StatusCodes.Status202Accepted)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity);
        group.MapPost("air-gap", static (HttpContext http, ModelEndpoints endpoints) => endpoints.SetGapAsync(http))
            .RequireAuthorization(Policies.SetModels)
            .WithSummary("Cut every external model provider at once, or open them again")
            .Accepts<AirGapBody>("application/json")
            .Produces<AirGapView>().Produces<AirGapView>(StatusCodes.Status202Accepted);
        group.MapGet("", static (HttpContext http, ModelEndpoints endpoints) => endpoints.ShowAsync(http))
            .RequireAuthorization(Policies.Read).WithSummary("Model providers of the tenant, and its air gap").Produces<ModelsView>();
    }

    private async Task<IResult> DeclareAsync(HttpContext http)
    {
        var caller = http.Caller();
        RequestBody.RequireContentType(http.Request, "application/json");
        var body = await RequestBody.ReadAsync(http.Request, ModelsCredential.MostEnvelopeBytes, http.RequestAborted);
        if (body.Length == 0)
        {
            throw new ProblemException(Problems.BodyEmpty, "Send what voxeltron models sign made as the body.");
        }

        // Malformed JSON is told as everywhere; what is no catalogue, by the place.
        var envelope = SpecCheck.Canonicalize(body);
        if (ModelsCredential.TryParse(envelope, out var error) is not { } credential)
        {
            throw new ProblemException(Problems.RefusedByOwner("models_invalid"), error.Reason) { Errors = [new ProblemError(error.Path, "models_invalid", error.Reason)] };
        }

        var intent = intents.ModelsDeclared(caller, credential, envelope);
        var (result, state) = await SubmitAsync(http, caller, intent, "models", body);
        var view = new ModelsDeclaredView(credential.Catalog.Serial, credential.Digest, credential.Catalog.Providers.Count, result.InboxId.ToString("N"), Status(result, state), state?.Seq);
        return Results.Json(view, ApiJson.Default.ModelsDeclaredView, statusCode: state is null ? StatusCodes.Status202Accepted : StatusCodes.Status200OK);
    }

    private async Task<IResult> SetGapAsync(HttpContext http)
    {
        var caller = http.Caller();
        RequestBody.RequireContentType(http.Request, "application/json");
        var body = await RequestBody.ReadAsync(http.Request, MaxGapBytes, http.RequestAborted);
        var on = ReadGap(body);
        var (result, state) = await SubmitAsync(http, caller, intents.AirGapSet(caller, on), "air-gap", body);
        var view = new AirGapView(caller.Tenant.Value, on, result.InboxId.ToString("N"), Status(result, state), state?.Seq);
        return Results.Json(view, ApiJson.Default.AirGapView, statusCode: state is null ? StatusCodes.Status202Accepted : StatusCodes.Status200OK);
    }

    private async Task<IResult> ShowAsync(HttpContext http)
    {
        var tenant = http.Caller().Tenant;
        var (row, isGapOn, isFabricGapOn) = await models.OfTenantAsync(tenant, http.RequestAborted);
        return Results.Json(ModelsView.Of(tenant, row, isGapOn, isFabricGapOn), ApiJson.Default.ModelsView);
    }

    private static bool ReadGap(byte[] body)
    {
        if (body.Length == 0)
        {
            throw new ProblemException(Problems.BodyEmpty, "Send {\"on\":true} or {\"on\":false} as the body.");
        }

        using var document = JsonDocument.Parse(SpecCheck.Canonicalize(body));
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw new ProblemException(Problems.JsonNotObject, "An air gap is set by one JSON object.");
        }

        foreach (var member in document.RootElement.EnumerateObject().Where(static member => member.Name != "on"))
        {
            throw ProblemException.Parameter(member.Name, "is not known here; an air gap has on alone");
        }

        return document.RootElement.TryGetProperty("on", out var on) && on.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? on.GetBoolean()
            : throw ProblemException.Parameter("on", "use true or false");
    }

    /// <summary>Without an Idempotency-Key each request is an act of its own: setting what is set already does no harm.</summary>
    private async Task<(SubmissionResult Result, Admitted? Admitted)> SubmitAsync(HttpContext http, Caller caller, Intent intent, string scope, byte[] body)
    {
        var key = http.Request.Headers.ContainsKey("Idempotency-Key") ? Parameters.IdempotencyKey(http.Request) : intent.Id.ToString("N");
        var result = await inbox.SubmitAsync(new Submission(intent, scope, key, SHA256.HashData(body), scope, "system", intent.Id), http.RequestAborted);
        if (result.Status == SubmissionStatus.Conflict)
        {
            throw new ProblemException(Problems.IdempotencyConflict, $"Idempotency-Key '{key}' came with another body before.");
        }

        if (result.Status == SubmissionStatus.Attached)
        {
            http.Response.Headers["Idempotency-Replayed"] = "true";
        }

        // Taken and not refused: it holds.
        var admitted = await wait.UntilAsync(
            caller.Tenant,
            StreamId.System(caller.Tenant),
            Parameters.Wait(http.Request, DefaultWaitSeconds),
            async token =>
            {
                var state = await events.FindIntentAsync(caller.Tenant, result.InboxId, token);
                return state?.Refusal is { } refusal ? throw Refusal.Problem(refusal, []) : state?.ConsumedSeq is { } seq ? new Admitted(seq) : null;
            },
            http.RequestAborted);
        return (result, admitted);
    }

    private static string Status(SubmissionResult result, Admitted? admitted) =>
        admitted is not null ? "holds" : result.Status == SubmissionStatus.Attached ? "attached" : "accepted";
}
