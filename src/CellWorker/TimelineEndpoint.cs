using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

internal static class TimelineEndpoint
{
    /// <summary><c>GET /timeline/{tenant}/{mission}</c>: 404 unless <c>worker.timeline</c> is on. Loopback only, like the rest of this server.</summary>
    /// <remarks><c>GET /actions?reset=true</c>: action and release times since the last reset, under the same conditions.</remarks>
    public static void MapTimeline(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/actions", (bool? reset, Timeline timeline) => timeline.Enabled ? Results.Ok(timeline.Actions.Read(reset ?? false)) : Results.NotFound());
        endpoints.MapGet("/timeline/{tenant}/{mission}", (string tenant, string mission, Timeline timeline) =>
            timeline.Enabled && TenantId.IsValid(tenant) && MissionId.TryParse(mission, out var id)
                ? Results.Ok(timeline.Read(new StreamRef(new TenantId(tenant), StreamId.Of(id))))
                : Results.NotFound());
    }
}
