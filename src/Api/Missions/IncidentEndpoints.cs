using Voxeltron.Api.Auth;
using Voxeltron.Api.Http;
using Voxeltron.Postgres;
using Voxeltron.Ultra;

namespace Voxeltron.Api.Missions;

/// <summary>Shows the crash loops of a mission: which profile is held, why, and what became of it.</summary>
internal sealed class IncidentEndpoints(MissionDirectory directory, IncidentQueries incidents)
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/missions/{id}/incidents", static (HttpContext http, string id, IncidentEndpoints endpoints) => endpoints.ListAsync(http, id))
            .WithTags("missions").RequireAuthorization(Policies.Read)
            .WithSummary("Crash loops of a mission's profiles, newest first").Produces<IncidentPage>();

    private async Task<IResult> ListAsync(HttpContext http, string id)
    {
        var tenant = http.Caller().Tenant;
        var mission = Parameters.Mission(id);
        var limit = Parameters.Limit(http.Request, fallback: 100, max: 200);
        var before = Parameters.Number(http.Request, "before", long.MaxValue, 1, long.MaxValue);
        await directory.GetAsync(tenant, mission, http.RequestAborted);
        var rows = await incidents.ListAsync(tenant, mission, before, limit, http.RequestAborted);
        return Results.Json(
            new IncidentPage(mission.ToString(), [.. rows.Select(IncidentView.Of)], rows.Count == limit ? rows[^1].OpenedSeq : null), ApiJson.Default.IncidentPage);
    }
}

/// <param name="NextBefore">Null: there are no older ones.</param>
internal sealed record IncidentPage(string MissionId, IReadOnlyList<IncidentView> Incidents, long? NextBefore);

/// <param name="State">open: the profile is held; closed.</param>
/// <param name="Resolution">recovered or mission_ended; null while it is open.</param>
/// <param name="FaultSeq">The entry of the newest fault; task, cell, code and class are that one's.</param>
internal sealed record IncidentView(
    long OpenedSeq, string Profile, string State, string? Resolution, string TaskKey, string CellId, string Code, string Fault, long FaultSeq,
    int Faults, int Holds, long HoldMs, string TimeOpened, string? TimeClosed)
{
    public static IncidentView Of(IncidentRow row) => new(
        row.OpenedSeq, row.Profile, row.Resolution is null ? "open" : "closed", row.Resolution, row.TaskKey, row.Cell.ToString(), row.Code, row.Fault, row.FaultSeq,
        row.Faults, row.Holds, row.HoldMs, ApiTime.Text(row.TimeOpenedUs), row.TimeClosedUs is { } closed ? ApiTime.Text(closed) : null);
}
