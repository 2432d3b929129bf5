using System.Net;
using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>
/// Goal: a worker host and the SRE operator start without Postgres, or without its schema, say which of the two it is, and work
/// as soon as it is there. Method: real processes and a server of their own. (The Api: ResilienceTests.)
/// </summary>
public sealed class AbsenceTests
{
    private const string Away = "Postgres is away", NotSetUp = "the schema is missing or older", Blind = "Postgres does not answer";

    [Fact]
    public async Task Postgres_absent_at_start_is_said_and_outlived()
    {
        await using var cluster = await OwnCluster.StartAsync();
        await using var fabric = await RunningFabric.StartAsync(cluster.Seat);
        await cluster.StopServerAsync();
        var worker = await fabric.StartWorkerAsync();
        var sre = await fabric.StartSreAsync();
        await UntilReadyIsAsync(fabric, worker, HttpStatusCode.ServiceUnavailable);
        await UntilReadyIsAsync(fabric, sre, HttpStatusCode.ServiceUnavailable);
        await UntilSaidAsync(fabric, worker, Away);
        await UntilSaidAsync(fabric, sre, Blind);
        Assert.False(worker.HasExited || sre.HasExited, fabric.Logs());

        await cluster.StartServerAsync();
        await UntilReadyIsAsync(fabric, worker, HttpStatusCode.OK);
        await UntilReadyIsAsync(fabric, sre, HttpStatusCode.OK);
        // Admission is the worker's act.
        await fabric.RegisterAsync("echo", BuiltFiles.Sample("echo/echo.wasm"));
        Assert.Equal(0, worker.Said(NotSetUp) + sre.Said(NotSetUp));
    }

    [Fact]
    public async Task A_missing_schema_is_not_called_an_absent_Postgres()
    {
        await using var cluster = await OwnCluster.StartAsync();
        await using var fabric = await RunningFabric.StartAsync(cluster.Seat);
        await fabric.AdministerAsync("alter schema control rename to control_away; alter schema audit rename to audit_away");
        var worker = await fabric.StartWorkerAsync();
        var sre = await fabric.StartSreAsync();
        await UntilSaidAsync(fabric, worker, NotSetUp);
        await UntilSaidAsync(fabric, sre, NotSetUp);
        Assert.False(worker.HasExited || sre.HasExited, fabric.Logs());
        Assert.True(worker.Said(Away) + sre.Said(Blind) == 0, fabric.Logs());

        await fabric.AdministerAsync("alter schema control_away rename to control; alter schema audit_away rename to audit");
        await fabric.RegisterAsync("echo", BuiltFiles.Sample("echo/echo.wasm"));
    }

    private static Task<HttpStatusCode> UntilReadyIsAsync(RunningFabric fabric, ChildProcess process, HttpStatusCode expected) => fabric.UntilAsync(
        $"Asking {process.Name} whether it is ready",
        expected.ToString(),
        async () =>
        {
            using var client = new HttpClient();
            var url = (await File.ReadAllTextAsync(fabric.State.Paths.Address(process.Name))).Trim();
            using var response = await client.GetAsync(url + "/ready");
            return response.StatusCode;
        },
        status => status == expected);

    private static Task<int> UntilSaidAsync(RunningFabric fabric, ChildProcess process, string text) => fabric.UntilAsync(
        $"Reading the log of {process.Name}", $"'{text}'", () => Task.FromResult(process.Said(text)), static times => times > 0);
}
