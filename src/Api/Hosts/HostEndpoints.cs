using Voxeltron.Api.Auth;
using Voxeltron.Postgres;

namespace Voxeltron.Api.Hosts;

/// <summary>Worker hosts and what each has left for cells. They serve all tenants, so they are for who runs the fabric or audits it.</summary>
internal sealed class HostEndpoints(HostQueries hosts)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/hosts", static (HttpContext http, HostEndpoints endpoints) => endpoints.ListAsync(http))
        .WithTags("hosts").RequireAuthorization(Policies.SeeHosts)
        .WithSummary("Worker hosts that run, and what each has left for cells").Produces<HostPage>();

    private async Task<IResult> ListAsync(HttpContext http)
    {
        var running = await hosts.RunningAsync(http.RequestAborted);
        return Results.Json(new HostPage([.. running.Select(HostView.Of)]), ApiJson.Default.HostPage);
    }
}

internal sealed record HostPage(IReadOnlyList<HostView> Hosts);

/// <param name="Refuses">The budget that is used up: slots, mappings, memory or machine_memory; null when a further cell would be taken.</param>
/// <param name="CellsHibernated">Cells that wait as images in its spool, beside those that are live.</param>
/// <param name="HibernationLeft">Cells that could hibernate besides.</param>
/// <param name="SpoolBytes">What those take on disk.</param>
/// <param name="TasksWaiting">Tasks of its missions that could begin and have no cell.</param>
internal sealed record HostView(
    string HostId, string Machine, int ProcessId, string State, long Streams, int CellsLive, int CellCapacity, int CellsHibernated, int HibernationLeft, long SpoolBytes, int TasksWaiting, string? Refuses,
    long Mappings, long MappingsLimit, long MemoryBytes, long MemoryLimitBytes, long MachineFreeBytes, string TimeStarted, string TimeRenewed)
{
    public static HostView Of(HostSeen host) => new(
        "host_" + host.Host.ToString("N"), host.Machine, host.ProcessId, host.State, host.Streams, host.Budgets.CellsLive, host.CellCapacity, host.Budgets.CellsHibernated, host.Budgets.HibernationLeft, host.Budgets.SpoolBytes, host.Budgets.TasksWaiting, host.Budgets.Refuses,
        host.Budgets.Mappings, host.Budgets.MappingsLimit, host.Budgets.MemoryBytes, host.Budgets.MemoryLimitBytes, host.Budgets.MachineFreeBytes,
        ApiTime.Text(host.TimeStarted), ApiTime.Text(host.TimeRenewed));
}
