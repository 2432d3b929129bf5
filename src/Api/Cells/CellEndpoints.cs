using Voxeltron.Api.Auth;
using Voxeltron.Api.Http;
using Voxeltron.Api.Missions;
using Voxeltron.Postgres;

namespace Voxeltron.Api.Cells;

/// <summary>How the live cells of a mission are, as their host last said: telemetry, some seconds old. What they did is among the events.</summary>
internal sealed class CellEndpoints(CellHealthQueries cells, MissionDirectory missions)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/missions/{id}/cells", static (HttpContext http, string id, CellEndpoints endpoints) => endpoints.ListAsync(http, id))
        .WithTags("missions").RequireAuthorization(Policies.Read)
        .WithSummary("How the mission's live cells are, by task key").Produces<CellPage>();

    private async Task<IResult> ListAsync(HttpContext http, string id)
    {
        var tenant = http.Caller().Tenant;
        var mission = Parameters.Mission(id);
        var limit = Parameters.Limit(http.Request, fallback: 200, max: 1000);
        var after = Parameters.Single(http.Request, "after") is { } key ? Parameters.TaskKey(key) : "";
        await missions.GetAsync(tenant, mission, http.RequestAborted);
        var seen = await cells.OfMissionAsync(tenant, mission, after, limit, http.RequestAborted);
        return Results.Json(
            new CellPage(mission.ToString(), [.. seen.Select(CellView.Of)], seen.Count == limit ? seen[^1].Cell.TaskKey : null), ApiJson.Default.CellPage);
    }
}

/// <param name="NextAfter">Null on the last page.</param>
internal sealed record CellPage(string MissionId, IReadOnlyList<CellView> Cells, string? NextAfter);

/// <param name="State">warm, or hibernated: it waits as an image in its host's spool.</param>
/// <param name="Events">Delivered to it since it was booted.</param>
/// <param name="LastEvent">start, resume, task, timer or delta.</param>
/// <param name="Queue">Changes of views that wait for it, and its timers that are due.</param>
/// <param name="Fuel">Burnt in all its events; <paramref name="FuelLast"/> in the last one.</param>
/// <param name="Faults">Events of its task that were aborted, as far as its owner knows; <paramref name="LastFault"/> is the code of the last.</param>
/// <param name="Restarts">Cells its task had before.</param>
internal sealed record CellView(
    string TaskKey, string CellId, string HostId, int Attempt, string State, long Events, string LastEvent, string TimeLastEvent, int Queue, long MemoryBytes, long Fuel,
    long FuelLast, int Faults, int Restarts, string? LastFault, string TimeUpdated)
{
    public static CellView Of(CellHealthSeen seen)
    {
        var cell = seen.Cell;
        return new CellView(
            cell.TaskKey, cell.Cell.ToString(), cell.Host.ToString(), cell.Attempt, cell.IsHibernated ? "hibernated" : "warm", cell.Events, cell.LastEvent,
            ApiTime.Text(cell.LastEventUs), cell.Queue, cell.MemoryBytes, cell.Fuel, cell.FuelLast, cell.Faults, cell.Restarts, cell.LastFault, ApiTime.Text(seen.TimeUpdated));
    }
}
