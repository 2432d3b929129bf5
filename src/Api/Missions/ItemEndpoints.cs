using System.Security.Cryptography;
using Voxeltron.Api.Auth;
using Voxeltron.Api.Http;
using Voxeltron.Api.Inbox;
using Voxeltron.Kernel;
using Voxeltron.Postgres;

namespace Voxeltron.Api.Missions;

/// <summary>
/// Feeds items to a mission, one by one or in batches, closes its inputs, cancels it. An item's key is its idempotency key.
/// Bytes are kept exactly as received: whether they make sense is for a cell to say.
/// </summary>
internal sealed class ItemEndpoints(MissionDirectory directory, IntentFactory intents, MissionInbox inbox)
{
    private const int MaxBatchBytes = 32 * 1024 * 1024;
    private const string BatchType = "application/x-ndjson";
    private static readonly byte[] s_noBody = SHA256.HashData([]);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/missions/{id}").WithTags("items").RequireAuthorization(Policies.WriteMissions);
        group.MapPost("tasks", static (HttpContext http, string id, ItemEndpoints endpoints) => endpoints.SubmitAsync(http, id))
            .WithSummary("Add one item; the body is the item, any bytes")
            .Accepts<byte[]>("application/octet-stream", "application/json")
            .Produces<ItemView>(StatusCodes.Status202Accepted).Produces<ItemView>().Produces<ItemView>(StatusCodes.Status201Created)
            .ProducesProblem(StatusCodes.Status409Conflict);
        group.MapPost("tasks:batch", static (HttpContext http, string id, ItemEndpoints endpoints) => endpoints.SubmitBatchAsync(http, id))
            .WithSummary("Add up to 1000 items, all or none")
            .Accepts<string>(BatchType).Produces<BatchView>(StatusCodes.Status202Accepted).ProducesProblem(StatusCodes.Status409Conflict);
        group.MapPost("inputs/{name}:close", static (HttpContext http, string id, string name, ItemEndpoints endpoints) => endpoints.CloseAsync(http, id, name))
            .WithSummary("Say that no more items will come").Produces<ActView>(StatusCodes.Status202Accepted).Produces<ActView>();
        routes.MapPost("/v1/missions/{id}:cancel", static (HttpContext http, string id, ItemEndpoints endpoints) => endpoints.CancelAsync(http, id))
            .WithTags("missions").RequireAuthorization(Policies.WriteMissions)
            .WithSummary("Ask for the mission to be cancelled").Produces<ActView>(StatusCodes.Status202Accepted).Produces<ActView>();
    }

    private async Task<IResult> SubmitAsync(HttpContext http, string id)
    {
        var caller = http.Caller();
        var cancel = http.RequestAborted;
        var mission = Parameters.Mission(id);
        var input = Parameters.Name("input", Parameters.Single(http.Request, "input"));
        var item = Parameters.Name("item", Parameters.Single(http.Request, "item"));
        Parameters.IdempotencyKeyIs(http.Request, item);
        if (http.Request.ContentType?.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) == true)
        {
            throw new ProblemException(Problems.ContentTypeUnsupported, "Send the item itself as the body, not a multipart form: curl --data-binary @file.");
        }

        var known = await directory.GetAsync(caller.Tenant, mission, cancel);
        known.RequireInput(input);
        var body = await RequestBody.ReadAsync(http.Request, Limits.TaskInputBytes, cancel);
        var submission = Item(caller, mission, input, item, body, Guid.NewGuid());
        var result = (await inbox.SubmitAsync(caller.Tenant, known, [submission], cancel))[0];
        if (result.Status == SubmissionStatus.Conflict)
        {
            throw new ProblemException(Problems.IdempotencyConflict, $"Item '{item}' of input '{input}' was submitted before with other bytes.")
            {
                Members = [new("mission_id", mission.ToString()), new("input", input), new("item", item)],
            };
        }

        var attached = result.Status == SubmissionStatus.Attached;
        if (attached)
        {
            http.Response.Headers["Idempotency-Replayed"] = "true";
        }

        var seq = await inbox.AdmittedAsync(caller.Tenant, mission, result.InboxId, Parameters.Wait(http.Request, 0), cancel);
        var status = (seq, attached) switch
        {
            (not null, _) => "admitted",
            (_, true) => "attached",
            _ => "accepted",
        };
        return Results.Json(
            new ItemView(mission.ToString(), input, item, result.InboxId.ToString("N"), status, seq?.Seq, Convert.ToHexStringLower(submission.RequestSha256)),
            ApiJson.Default.ItemView,
            statusCode: attached ? StatusCodes.Status200OK : seq is null ? StatusCodes.Status202Accepted : StatusCodes.Status201Created);
    }

    private async Task<IResult> SubmitBatchAsync(HttpContext http, string id)
    {
        var caller = http.Caller();
        var cancel = http.RequestAborted;
        var mission = Parameters.Mission(id);
        RequestBody.RequireContentType(http.Request, BatchType);
        var known = await directory.GetAsync(caller.Tenant, mission, cancel);
        var lines = Batch.Parse(await RequestBody.ReadAsync(http.Request, MaxBatchBytes, cancel));
        foreach (var line in lines)
        {
            known.RequireInput(line.Input);
        }

        var group = Guid.NewGuid();
        var submissions = lines.Select(line => Item(caller, mission, line.Input, line.Item, line.Bytes, group)).ToList();
        var results = await inbox.SubmitAsync(caller.Tenant, known, submissions, cancel);
        var conflicts = results
            .Select(static (result, index) => (result.Status, Line: index + 1))
            .Where(static entry => entry.Status == SubmissionStatus.Conflict)
            .Select(static entry => new ProblemError($"/{entry.Line}", "idempotency_conflict", "this item was submitted before with other bytes"))
            .ToList();
        if (conflicts.Count > 0)
        {
            throw new ProblemException(Problems.IdempotencyConflict, $"{conflicts.Count} item(s) were submitted before with other bytes; nothing of this batch was written.")
            {
                Errors = conflicts,
                Members = [new("mission_id", mission.ToString())],
            };
        }

        var accepted = results.Count(static result => result.Status == SubmissionStatus.Accepted);
        var views = lines.Select((line, index) => new BatchLineView(
            line.Input, line.Item, results[index].Status == SubmissionStatus.Accepted ? "accepted" : "attached"));
        return Results.Json(
            new BatchView(accepted, results.Count - accepted, [.. views]), ApiJson.Default.BatchView, statusCode: StatusCodes.Status202Accepted);
    }

    private Task<IResult> CloseAsync(HttpContext http, string id, string name)
    {
        var mission = Parameters.Mission(id);
        var input = Parameters.Name("name", name);
        return ActAsync(http, mission, input, "close/" + input, caller => intents.InputClosed(caller, mission, input));
    }

    private Task<IResult> CancelAsync(HttpContext http, string id)
    {
        var mission = Parameters.Mission(id);
        return ActAsync(http, mission, null, "cancel", caller => intents.CancelRequested(caller, mission));
    }

    private async Task<IResult> ActAsync(HttpContext http, MissionId mission, string? input, string key, Func<Caller, Ultra.Intent> build)
    {
        var caller = http.Caller();
        var cancel = http.RequestAborted;
        var known = await directory.GetAsync(caller.Tenant, mission, cancel);
        if (input is not null)
        {
            known.RequireInput(input);
        }

        var intent = build(caller);
        var submission = new Submission(intent, mission.Hex, key, s_noBody, key, null, intent.Id, UnlessEnded: true);
        var result = (await inbox.SubmitAsync(caller.Tenant, known, [submission], cancel))[0];
        var attached = result.Status == SubmissionStatus.Attached;
        return Results.Json(
            new ActView(mission.ToString(), input, result.InboxId.ToString("N"), attached ? "attached" : "accepted"),
            ApiJson.Default.ActView,
            statusCode: attached ? StatusCodes.Status200OK : StatusCodes.Status202Accepted);
    }

    private Submission Item(Caller caller, MissionId mission, string input, string item, byte[] bytes, Guid group) => new(
        intents.InputSubmitted(caller, mission, input, item, bytes),
        $"{mission.Hex}/{input}",
        item,
        SHA256.HashData(bytes),
        item,
        null,
        group,
        UnlessEnded: true);
}
