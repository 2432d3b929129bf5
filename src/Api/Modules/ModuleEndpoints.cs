using System.Security.Cryptography;
using Voxeltron.Api.Auth;
using Voxeltron.Api.Http;
using Voxeltron.Api.Inbox;
using Voxeltron.Api.Signals;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Ultra;

namespace Voxeltron.Api.Modules;

/// <summary>
/// Upload and look up modules. The Api never opens a module: it writes <c>module.submitted</c>, a worker host judges, and the
/// POST waits a bounded time for that judgement.
/// </summary>
internal sealed class ModuleEndpoints(
    ModuleQueries modules, IdempotencyQueries keys, EventQueries events, IntentFactory intents, InboxCommitter inbox, JournalWait wait)
{
    private const string WasmType = "application/wasm";
    private const string Scope = "modules";
    private const int DefaultWaitSeconds = 10;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/modules").WithTags("modules");
        group.MapPost("", static (HttpContext http, ModuleEndpoints endpoints) => endpoints.SubmitAsync(http))
            .RequireAuthorization(Policies.WriteModules)
            .WithSummary("Upload a module; the body is the wasm itself")
            .Accepts<byte[]>(WasmType)
            .Produces<ModuleView>(StatusCodes.Status201Created).Produces<ModuleView>().Produces<ModuleView>(StatusCodes.Status202Accepted)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity);
        group.MapGet("", static (HttpContext http, ModuleEndpoints endpoints) => endpoints.ListAsync(http))
            .RequireAuthorization(Policies.Read).WithSummary("List modules by digest").Produces<ModulePage>();
        group.MapGet("{digest}", static (HttpContext http, string digest, ModuleEndpoints endpoints) => endpoints.FindAsync(http, digest))
            .RequireAuthorization(Policies.Read).WithSummary("One module").Produces<ModuleView>();
    }

    private async Task<IResult> SubmitAsync(HttpContext http)
    {
        var caller = http.Caller();
        var cancel = http.RequestAborted;
        RequestBody.RequireContentType(http.Request, WasmType);
        var name = Parameters.Name("name", Parameters.Single(http.Request, "name"));
        var wasm = await RequestBody.ReadAsync(http.Request, Limits.ModuleBytes, cancel);
        if (wasm.Length == 0)
        {
            throw new ProblemException(Problems.BodyEmpty, "Send the module's bytes as the body.");
        }

        var digest = ModuleDigest.Of(wasm);
        var known = await modules.FindAsync(caller.Tenant, digest, cancel);
        if (known is not null && !MayBeJudgedAgain(known))
        {
            http.Response.Headers["Idempotency-Replayed"] = "true";
            return Answer(known, StatusCodes.Status200OK);
        }

        var intent = intents.ModuleSubmitted(caller, digest, name, wasm);
        var submitted = await inbox.SubmitAsync(
            new Submission(intent, Scope, known is null ? digest.Value : $"{digest.Value}:{known.SubmittedSeq}", SHA256.HashData(wasm), $"{name}:{wasm.Length}", "system", intent.Id), cancel);
        var outcome = await wait.UntilAsync(
            caller.Tenant,
            StreamId.System(caller.Tenant),
            Parameters.Wait(http.Request, DefaultWaitSeconds),
            token => OutcomeAsync(caller.Tenant, digest, submitted.InboxId, known?.SubmittedSeq, token),
            cancel);
        if (outcome is not null)
        {
            http.Response.Headers.Location = "/v1/modules/" + digest.Value;
            return Answer(outcome, submitted.Status == SubmissionStatus.Attached ? StatusCodes.Status200OK : StatusCodes.Status201Created);
        }

        http.Response.Headers.Location = "/v1/modules/" + digest.Value;
        return Results.Json(ModuleView.Submitted(digest.Value, name, wasm.Length), ApiJson.Default.ModuleView, statusCode: StatusCodes.Status202Accepted);
    }

    /// <summary>The machine had a part in the refusal: its load, its limits, the engine of that day. Sent again the same bytes are judged again.</summary>
    private static bool MayBeJudgedAgain(ModuleRow row) => row is { Status: "refused", ReasonCode: "compile_limit" or "compile_failed" or "instantiation_failed" };

    /// <param name="beforeSeq">The submission whose refusal is known already.</param>
    private async Task<ModuleRow?> OutcomeAsync(TenantId tenant, ModuleDigest digest, Guid intentId, long? beforeSeq, CancellationToken cancel)
    {
        if (await modules.FindAsync(tenant, digest, cancel) is { } row && row.SubmittedSeq != beforeSeq)
        {
            return row;
        }

        return (await events.FindIntentAsync(tenant, intentId, cancel))?.Refusal is { } refusal
            ? throw Refusal.Problem(refusal, [new("module_digest", digest.Value)])
            : null;
    }

    private static IResult Answer(ModuleRow row, int status) => row.Status == "refused"
        ? throw new ProblemException(Problems.RefusedByOwner(row.ReasonCode ?? "module_refused"), row.Reason ?? "The module was refused.")
        {
            Members = [new("module_digest", row.Digest.Value)],
        }
        : Results.Json(ModuleView.Of(row), ApiJson.Default.ModuleView, statusCode: status);

    private async Task<IResult> ListAsync(HttpContext http)
    {
        var limit = Parameters.Limit(http.Request, fallback: 200, max: 1000);
        var after = Parameters.Single(http.Request, "after");
        if (after is not null && !ModuleDigest.IsValid(after))
        {
            throw ProblemException.Parameter("after", "use next_after of the page before");
        }

        var rows = await modules.ListAsync(http.Caller().Tenant, after ?? "", limit, http.RequestAborted);
        return Results.Json(
            new ModulePage([.. rows.Select(ModuleView.Of)], rows.Count == limit ? rows[^1].Digest.Value : null), ApiJson.Default.ModulePage);
    }

    private async Task<IResult> FindAsync(HttpContext http, string digestText)
    {
        var tenant = http.Caller().Tenant;
        var digest = Parameters.Module(digestText);
        if (await modules.FindAsync(tenant, digest, http.RequestAborted) is { } row)
        {
            return Results.Json(ModuleView.Of(row), ApiJson.Default.ModuleView);
        }

        var submitted = await keys.FindAsync(tenant, Scope, digest.Value, http.RequestAborted)
            ?? throw new ProblemException(Problems.ModuleNotFound, $"Your tenant has no module {digest}.");
        var parts = submitted.Resource.Split(':');
        return Results.Json(ModuleView.Submitted(digest.Value, parts[0], long.Parse(parts[1])), ApiJson.Default.ModuleView);
    }
}
