using System.Text;
using System.Text.Json;
using Voxeltron.Api.Auth;
using Voxeltron.Api.Http;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Ultra;

namespace Voxeltron.Api.Missions;

/// <summary>Shows a mission's tasks and hands out their results.</summary>
internal sealed class TaskEndpoints(MissionDirectory directory, TaskQueries tasks, EventQueries events)
{
    private static readonly string[] s_statuses = ["waiting", "ready", "running", "completed", "refused", "failed", "skipped", "cancelled"];

    public static void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/missions/{id}").WithTags("tasks").RequireAuthorization(Policies.Read);
        group.MapGet("tasks", static (HttpContext http, string id, TaskEndpoints endpoints) => endpoints.ListAsync(http, id))
            .WithSummary("List tasks by key").Produces<TaskPage>();
        group.MapGet("results/{**taskKey}", static (HttpContext http, string id, string? taskKey, TaskEndpoints endpoints) => endpoints.ResultAsync(http, id, taskKey))
            .WithSummary("The bytes a task completed with").Produces<byte[]>(StatusCodes.Status200OK, "application/octet-stream")
            .ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status410Gone);
    }

    private async Task<IResult> ListAsync(HttpContext http, string id)
    {
        var tenant = http.Caller().Tenant;
        var mission = Parameters.Mission(id);
        var limit = Parameters.Limit(http.Request, fallback: 200, max: 1000);
        var status = Parameters.OneOf(http.Request, "status", s_statuses);
        var after = Parameters.Single(http.Request, "after") is { } key ? Parameters.TaskKey(key) : "";
        await directory.GetAsync(tenant, mission, http.RequestAborted);
        var rows = await tasks.ListAsync(tenant, mission, status, after, limit, http.RequestAborted);
        return Results.Json(
            new TaskPage([.. rows.Select(TaskView.Of)], rows.Count == limit ? rows[^1].TaskKey : null), ApiJson.Default.TaskPage);
    }

    private async Task<IResult> ResultAsync(HttpContext http, string id, string? keyText)
    {
        var tenant = http.Caller().Tenant;
        var cancel = http.RequestAborted;
        var mission = Parameters.Mission(id);
        var key = Parameters.TaskKey(keyText);
        await directory.GetAsync(tenant, mission, cancel);
        var task = await tasks.FindAsync(tenant, mission, key, cancel)
            ?? throw new ProblemException(Problems.TaskNotFound, $"{mission} has no task '{key}'.");
        if (task.Status is not ("completed" or "refused"))
        {
            throw NoResult(task, null);
        }

        var action = await events.FindActionAsync(tenant, StreamId.Of(mission), key, task.LastSeq, cancel)
            ?? throw new InvariantException($"Task '{key}' of {mission} is {task.Status} and the log has no action of it up to seq {task.LastSeq}.");
        if (action.Payload is null)
        {
            throw new ProblemException(Problems.PayloadErased, $"The payload of entry {action.Seq} was erased.");
        }

        using var payload = JsonDocument.Parse(action.Payload);
        if (task.Status == "refused")
        {
            throw NoResult(task, payload.RootElement.TryGetProperty("message", out var message) ? message.GetString() : null);
        }

        return Answer(http, action, ResultBytes(payload.RootElement));
    }

    private static byte[] ResultBytes(JsonElement payload)
    {
        // A task that returned without completing has an empty result.
        if (!payload.TryGetProperty("result", out var result) || result.ValueKind != JsonValueKind.Object)
        {
            return [];
        }

        return result.TryGetProperty("text", out var text)
            ? Encoding.UTF8.GetBytes(text.GetString() ?? "")
            : result.TryGetProperty("base64", out var base64) ? base64.GetBytesFromBase64() : [];
    }

    private static IResult Answer(HttpContext http, ActionRow action, byte[] bytes)
    {
        using var body = JsonDocument.Parse(action.Body);
        var headers = http.Response.Headers;
        headers["Voxeltron-Seq"] = action.Seq.ToString();
        if (body.RootElement.TryGetProperty("fuel", out var fuel))
        {
            headers["Voxeltron-Fuel"] = fuel.GetRawText();
        }

        if (body.RootElement.TryGetProperty("cell", out var cell) && cell.GetString() is { } cellText)
        {
            headers["Voxeltron-Cell"] = cellText;
        }

        // Results come from cells: a browser must show them, never run them.
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "sandbox; default-src 'none'";
        return Results.Bytes(bytes, ContentType(bytes));
    }

    private static string ContentType(byte[] bytes)
    {
        if (bytes.Length == 0)
        {
            return "application/octet-stream";
        }

        try
        {
            using var _ = JsonDocument.Parse(bytes);
            return "application/json";
        }
        catch (JsonException)
        {
            return System.Text.Unicode.Utf8.IsValid(bytes) ? "text/plain; charset=utf-8" : "application/octet-stream";
        }
    }

    private static ProblemException NoResult(TaskRow task, string? message)
    {
        var kind = task.Status switch
        {
            "refused" => Problems.TaskRefused,
            "failed" => Problems.TaskFailed,
            "skipped" or "cancelled" => Problems.TaskSkipped,
            _ => Problems.ResultNotReady,
        };
        var members = new List<KeyValuePair<string, string>> { new("mission_id", task.Mission.ToString()), new("task_key", task.TaskKey), new("task_status", task.Status) };
        if (task.OutcomeCode is not null)
        {
            members.Add(new("outcome_code", task.OutcomeCode));
        }

        if (message is not null)
        {
            members.Add(new("message", message));
        }

        return new ProblemException(kind, $"Task '{task.TaskKey}' is {task.Status}{(task.OutcomeCode is null ? "" : ": " + task.OutcomeCode)}.") { Members = members };
    }
}
