using System.Net;
using Voxeltron.Kernel;
using Voxeltron.Tests.Integration.Api;
using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>Goal: a Postgres that dies in the middle costs time and nothing else. Method: a server of the test's own, stopped as by a power cut.</summary>
public sealed class OutageTests
{
    private const int Items = 100;

    [Fact]
    public async Task Postgres_may_die_in_the_middle_of_a_mission_and_come_back()
    {
        await using var cluster = await OwnCluster.StartAsync();
        await using var fabric = await RunningFabric.StartAsync(cluster.Seat);
        var worker = await fabric.StartWorkerAsync();
        var mission = await fabric.OpenAsync(await fabric.SpecAsync("outage"), wait: 20);
        await fabric.SubmitAsync(mission, SlowWork.Items(0, Items));
        await fabric.MiddleAsync(mission, Items);

        await cluster.StopServerAsync();
        await fabric.UntilAsync("Looking at the Api without Postgres", "not ready", () => ReadyAsync(fabric), static status => status == HttpStatusCode.ServiceUnavailable);
        using (var response = await fabric.Http.SendAsync(Requests.Item(mission, "requests", "late", "1"u8.ToArray())))
        {
            await Problem.ExpectAnyAsync(response, 503, 503, "a submission without Postgres");
        }

        Assert.False(worker.HasExited || fabric.Api.HasExited, fabric.Logs());
        await cluster.StartServerAsync();
        await fabric.UntilAsync("Looking at the Api with Postgres back", "ready", () => ReadyAsync(fabric), static status => status == HttpStatusCode.OK);
        // What was refused with 503 is asked again; what was acknowledged must not be.
        await fabric.UntilAsync("Submitting again", "201 or 202", () => SubmitAsync(fabric, mission), static status => status is HttpStatusCode.Accepted or HttpStatusCode.OK);
        await fabric.CloseAsync(mission);
        await fabric.AssertNothingLostAsync(mission, Items + 1);
        Assert.False(worker.HasExited || fabric.Api.HasExited, fabric.Logs());
    }

    private static async Task<HttpStatusCode> ReadyAsync(RunningFabric fabric)
    {
        using var response = await fabric.Http.GetAsync("/ready");
        return response.StatusCode;
    }

    private static async Task<HttpStatusCode> SubmitAsync(RunningFabric fabric, MissionId mission)
    {
        using var response = await fabric.Http.SendAsync(Requests.Item(mission, "requests", "late", "1"u8.ToArray()));
        return response.StatusCode;
    }
}
