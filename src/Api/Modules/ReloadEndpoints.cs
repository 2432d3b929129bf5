using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.Features;
using Voxeltron.Api.Auth;
using Voxeltron.Api.Http;
using Voxeltron.Api.Inbox;
using Voxeltron.Api.Missions;
using Voxeltron.Api.Signals;
using Voxeltron.Kernel;
using Voxeltron.Postgres;

namespace Voxeltron.Api.Modules;

/// <summary>
/// Puts running missions on another version of a module, or back on the one before. Each mission is asked by an intent in its own
/// stream, and answers for itself; the POST waits a bounded time for all of them.
/// </summary>
internal sealed class ReloadEndpoints(
    MissionModuleQueries running, ModuleQueries modules, MissionDirectory directory, EventQueries events, IntentFactory intents, InboxCommitter inbox, JournalWait wait, TimeProvider clock)
{
    private const int DefaultWaitSeconds = 10;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/modules/{name}:reload", static (HttpContext http, string name, ReloadEndpoints endpoints) => endpoints.ReloadAsync(http, name, isRollback: false))
            .WithTags("modules").RequireAuthorization(Policies.WriteModules)
            .WithSummary("Put running missions on another version of a module")
            .Accepts<ReloadBody>("application/json")
            .Produces<ReloadView>().Produces<ReloadView>(StatusCodes.Status202Accepted)
            .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status422UnprocessableEntity);
        routes.MapPost("/v1/modules/{name}:rollback", static (HttpContext http, string name, ReloadEndpoints endpoints) => endpoints.ReloadAsync(http, name, isRollback: true))
            .WithTags("modules").RequireAuthorization(Policies.WriteModules)
            .WithSummary("Put running missions back on the version before")
            .Accepts<RollbackBody>("application/json")
            .Produces<ReloadView>().Produces<ReloadView>(StatusCodes.Status202Accepted)
            .ProducesProblem(StatusCodes.Status404NotFound);
        routes.MapGet("/v1/missions/{id}/modules", static (HttpContext http, string id, ReloadEndpoints endpoints) => endpoints.ListAsync(http, id))
            .WithTags("missions").RequireAuthorization(Policies.Read)
            .WithSummary("Which version a mission runs of each module").Produces<MissionModulesView>();
    }

    private async Task<IResult> ListAsync(HttpContext http, string id)
    {
        var mission = Parameters.Mission(id);
        var tenant = http.Caller().Tenant;
        await directory.GetAsync(tenant, mission, http.RequestAborted);
        var rows = await running.OfMissionAsync(tenant, mission, http.RequestAborted);
        return Results.Json(new MissionModulesView(mission.ToString(), [.. rows.Select(MissionModuleView.Of)]), ApiJson.Default.MissionModulesView);
    }

    private async Task<IResult> ReloadAsync(HttpContext http, string nameText, bool isRollback)
    {
        var caller = http.Caller();
        var cancel = http.RequestAborted;
        var name = Parameters.Name("name", nameText);
        var body = await ReadBodyAsync(http, isRollback, cancel);
        var order = ReloadOrder.Parse(body, isRollback);
        if (order.To is { } to && await modules.FindAsync(caller.Tenant, to, cancel) is not { Status: "registered" })
        {
            throw new ProblemException(Problems.UnknownModule, $"Your tenant has no registered module {to}.")
            {
                Errors = [new ProblemError("/to", "unknown_module", $"no registered module {to}")],
            };
        }

        var found = await running.RunningAsync(caller.Tenant, name, order.Missions, ReloadOrder.MaxMissions + 1, cancel);
        if (found.Count > ReloadOrder.MaxMissions)
        {
            throw ProblemException.Parameter("missions", $"more than {ReloadOrder.MaxMissions} missions run '{name}': name at most so many at once");
        }

        if (found.Count == 0)
        {
            throw new ProblemException(Problems.ModuleNotRunning, order.Missions is null
                ? $"No mission of your tenant that has not ended declares a module '{name}'."
                : $"None of the missions named, as far as they are yours and have not ended, declares a module '{name}'.");
        }

        var asked = await SubmitAsync(http, caller, order, found, body, cancel);
        var views = await AnswersAsync(caller.Tenant, asked, Parameters.Wait(http.Request, DefaultWaitSeconds), cancel);
        views.AddRange((order.Missions ?? []).Distinct().Where(mission => !found.Any(row => row.Mission == mission)).Select(mission => new ReloadedMissionView(
            mission.ToString(), null, null, null, "refused", null, Problems.ModuleNotRunning.Code, $"It is no mission of yours that has not ended and declares a module '{name}'.")));
        var isOver = views.All(static view => view.Status is not ("accepted" or "attached"));
        return Results.Json(
            new ReloadView(name, order.To?.Value, views), ApiJson.Default.ReloadView, statusCode: isOver ? StatusCodes.Status200OK : StatusCodes.Status202Accepted);
    }

    private static async Task<byte[]> ReadBodyAsync(HttpContext http, bool isRollback, CancellationToken cancel)
    {
        if (isRollback && http.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false } && http.Request.ContentType is null)
        {
            return [];
        }

        RequestBody.RequireContentType(http.Request, "application/json");
        return await RequestBody.ReadAsync(http.Request, ReloadOrder.MaxBodyBytes, cancel);
    }

    /// <summary>One group: all are asked or none.</summary>
    private async Task<List<Asked>> SubmitAsync(HttpContext http, Caller caller, ReloadOrder order, IReadOnlyList<MissionModule> found, byte[] body, CancellationToken cancel)
    {
        var key = http.Request.Headers.ContainsKey("Idempotency-Key") ? Parameters.IdempotencyKey(http.Request) : null;
        var group = Guid.NewGuid();
        var digest = SHA256.HashData(body);
        var submissions = found.Select(row =>
        {
            var intent = order.To is { } to ? intents.ReloadRequested(caller, row.Mission, row.Declared, to) : intents.RollbackRequested(caller, row.Mission, row.Declared);
            // Not what runs now: the request changes that, and a repeat of it is to find it again.
            var scope = $"{row.Mission.Hex}/modules/{row.Declared.Value}";
            return new Submission(intent, scope, key ?? intent.Id.ToString("N"), digest, row.Declared.Value, null, group, UnlessEnded: true);
        }).ToList();
        var results = await inbox.SubmitAsync(submissions, cancel);
        if (results.Any(static result => result.Status == SubmissionStatus.Conflict))
        {
            throw new ProblemException(Problems.IdempotencyConflict, $"Idempotency-Key '{key}' came with another body before; no mission was asked.");
        }

        return [.. found.Zip(results, static (row, result) => new Asked(row.Mission, row.Declared, row.Current, result))];
    }

    private async Task<List<ReloadedMissionView>> AnswersAsync(TenantId tenant, List<Asked> asked, TimeSpan limit, CancellationToken cancel)
    {
        var began = clock.GetTimestamp();
        var views = new List<ReloadedMissionView>();
        foreach (var one in asked)
        {
            // One after the other: they go on side by side, and whoever is asked last has mostly answered by then.
            var left = limit - clock.GetElapsedTime(began);
            var answer = one.Result.Status is not (SubmissionStatus.Accepted or SubmissionStatus.Attached) ? null : await wait.UntilAsync(
                tenant, StreamId.Of(one.Mission), left > TimeSpan.Zero ? left : TimeSpan.Zero, token => AnswerAsync(tenant, one, token), cancel);
            views.Add(answer ?? one.Result.Status switch
            {
                SubmissionStatus.Ended => View(one, "refused", code: "mission_finished", reason: "The mission has ended."),
                SubmissionStatus.Attached => View(one, "attached"),
                _ => View(one, "accepted"),
            });
        }

        return views;
    }

    private async Task<ReloadedMissionView?> AnswerAsync(TenantId tenant, Asked asked, CancellationToken cancel)
    {
        var state = await events.FindIntentAsync(tenant, asked.Result.InboxId, cancel);
        if (state?.Refusal is { } refusal)
        {
            return View(asked, "refused", refusal.Seq, Refusal.Code(refusal), Refusal.Errors(refusal) is [var first, ..] ? first.Reason : null);
        }

        if (state?.ConsumedSeq is not { } seq)
        {
            return null;
        }

        // The row tells that it was answered, or one that came after it; how, the log tells.
        var rows = await running.OfMissionAsync(tenant, asked.Mission, cancel);
        if (!rows.Any(row => row.Declared == asked.Declared && row.AnsweredSeq >= seq)
            || await events.FindReloadAnswerAsync(tenant, StreamId.Of(asked.Mission), seq, cancel) is not { } answer)
        {
            return null;
        }

        var refused = new IntentRefusal(answer.Seq, answer.Body, answer.Payload);
        return answer.Kind switch
        {
            EntryKinds.ModuleReloaded => View(asked, "reloaded", answer.Seq),
            EntryKinds.ModuleRestored => View(asked, "restored", answer.Seq, Refusal.Code(refused)),
            _ => View(asked, "refused", answer.Seq, Refusal.Code(refused), Refusal.Errors(refused) is [var first, ..] ? first.Reason : null),
        };
    }

    private static ReloadedMissionView View(Asked asked, string status, long? seq = null, string? code = null, string? reason = null) =>
        new(asked.Mission.ToString(), asked.Declared.Value, asked.From.Value, asked.Result.InboxId.ToString("N"), status, seq, code, reason);

    private sealed record Asked(MissionId Mission, ModuleDigest Declared, ModuleDigest From, SubmissionResult Result);
}
