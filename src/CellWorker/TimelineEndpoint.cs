using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

internal static class TimelineEndpoint
{
    /// <summary><c>GET /timeline/{tenant}/{mission}</c>: 404 unless <c>worker.timeline</c> is on. Loopback only, like the rest of this server.</summary>
    public static void MapTimeline(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/timeline/{tenant}/{mission}", (string tenant, string mission, Timeline timeline) =>
            timeline.Enabled && TenantId.IsValid(tenant) && MissionId.TryParse(mission, out var id)
                ? Results.Ok(timeline.Read(new StreamRef(new TenantId(tenant), StreamId.Of(id))))
                : Results.NotFound());
}
