using System.Text.Json;
using Voxeltron.Api.Auth;
using Voxeltron.Api.Http;
using Voxeltron.Api.Signals;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Ultra;

namespace Voxeltron.Api.Gates;

/// <summary>
/// Gates as server-sent events: those that wait for people at first, then each that comes, is decided on or ends. It tells states, not
/// history: a client that comes back is told again what waits, and reads the rest in the mission's own events.
/// </summary>
internal sealed class GateStream(GateQueries gates, JournalSignal signal, ApiMetrics metrics, TimeProvider clock, IHostApplicationLifetime lifetime)
{
    /// <summary>Pending gates a client is told of; of more it is told when some of these have ended.</summary>
    private const int MostTold = 1_000;

    private const string EventName = "gate";

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/gates/events", static (HttpContext http, GateStream stream) => stream.FollowAsync(http))
            .WithTags("gates").RequireAuthorization(Policies.Read)
            .WithSummary("Server-sent events: gates that wait, and each change of one")
            .Produces<string>(StatusCodes.Status200OK, EventStream.ContentType);

    private async Task FollowAsync(HttpContext http)
    {
        var tenant = http.Caller().Tenant;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        var cancel = ending.Token;
        var told = new Dictionary<(MissionId, long), (string Status, int Approvals)>();
        // The first page is read before the response begins, so that a lost database is still a proper 503.
        var pulse = signal.Next(tenant);
        var changed = await ChangedAsync(tenant, told, cancel);
        var output = new EventStream(http, clock);
        await output.StartAsync(cancel);
        metrics.StreamOpened();
        try
        {
            while (true)
            {
                foreach (var row in changed)
                {
                    output.Begin(EventName);
                    using (var json = new Utf8JsonWriter(output.Data))
                    {
                        JsonSerializer.Serialize(json, GateView.Of(row), ApiJson.Default.GateView);
                    }

                    output.End();
                }

                await output.SendAsync(cancel);
                await output.WaitAsync(pulse, cancel);
                await Task.Delay(GateEndpoints.LookEvery, clock, cancel); // at most so many questions a second
                pulse = signal.Next(tenant);
                changed = await ChangedAsync(tenant, told, cancel);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The client left or the process drains.
        }
        finally
        {
            metrics.StreamClosed();
        }
    }

    /// <summary>What differs from what was told, oldest first; afterwards it counts as told.</summary>
    private async Task<List<GateRow>> ChangedAsync(TenantId tenant, Dictionary<(MissionId, long), (string Status, int Approvals)> told, CancellationToken cancel)
    {
        var pending = await gates.ListAsync(tenant, GateEndpoints.Pending, null, null, MostTold, cancel);
        var changed = pending.Where(row => !told.TryGetValue((row.Mission, row.OpenedSeq), out var known) || known != (row.Status, row.Approvals.Count)).ToList();
        var ended = told.Keys.Except(pending.Select(static row => (row.Mission, row.OpenedSeq))).ToList();
        foreach (var (mission, seq) in ended)
        {
            told.Remove((mission, seq));
            if (await gates.FindAsync(tenant, mission, seq, cancel) is { } found && !GateEndpoints.Pending.Contains(found.Gate.Status))
            {
                changed.Add(found.Gate);
            }
        }

        foreach (var row in pending)
        {
            told[(row.Mission, row.OpenedSeq)] = (row.Status, row.Approvals.Count);
        }

        return [.. changed.OrderBy(static row => row.EndedUs ?? row.OpenedUs)];
    }
}
