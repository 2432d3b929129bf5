using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Voxeltron.Kernel;
using Voxeltron.Tests.Integration.Api;
using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>
/// Goal: an Api asked to stop answers what it took in, turns the rest away by name, ends open streams, and exits with 0.
/// Method: a real process, SIGTERM while clients post without a pause and one follows events; what was acknowledged is looked up in the log.
/// </summary>
public sealed class ApiStopTests(FabricFixture fixture) : IClassFixture<FabricFixture>
{
    private const int Clients = 8;
    private const int BeforeTheSignal = 40;

    private readonly RunningFabric _fabric = fixture.Fabric;
    private readonly ConcurrentBag<string> _acknowledged = [];
    private readonly ConcurrentBag<string> _refusals = [];

    [Fact]
    public async Task An_Api_asked_to_stop_keeps_what_it_acknowledged_and_lets_nobody_hang()
    {
        await _fabric.StartWorkerAsync();
        var module = await _fabric.RegisterAsync("echo", BuiltFiles.Sample("echo/echo.wasm"));
        var mission = await _fabric.OpenAsync(Specs.Mapped(module, "api-stop"), wait: 20);
        await AssertMetricsCountAsync();
        var follower = FollowAsync(mission);
        var posting = Task.WhenAll(Enumerable.Range(0, Clients).Select(client => PostUntilTurnedAwayAsync(mission, client)));
        await _fabric.UntilAsync("Posting", $"{BeforeTheSignal} acknowledged", () => Task.FromResult(_acknowledged.Count), static count => count >= BeforeTheSignal);

        await _fabric.Api.SignalAsync("TERM");
        await _fabric.UntilAsync("Stopping the Api", "it to end", () => Task.FromResult(_fabric.Api.HasExited), static ended => ended);
        Assert.True(_fabric.Api.ExitCode == 0, _fabric.Api.Tail());
        await posting.WaitAsync(TimeSpan.FromSeconds(60));
        await follower.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.All(_refusals, static code => Assert.Equal("shutting_down", code));

        await _fabric.RestartApiAsync();
        await _fabric.CloseAsync(mission);
        await _fabric.EndAsync(mission, "The mission of an Api that stopped");
        var written = await _fabric.RowsAsync($"select body::json->>'item' from journal.entry where stream_id = '{mission.Value}' and kind = 'input.submitted'");
        Assert.Empty(_acknowledged.Except(written));
        Assert.Equal(written.Distinct().Count(), written.Count);
        await _fabric.AssertCleanAsync();
    }

    /// <summary>An address nobody set is on this machine only, and both processes count what they do, without a tenant's name.</summary>
    private async Task AssertMetricsCountAsync()
    {
        var worker = File.ReadAllText(_fabric.State.Paths.Address("worker-1")).Trim();
        Assert.True(IPAddress.IsLoopback(IPAddress.Parse(new Uri(worker).Host)), worker);
        using var http = new HttpClient();
        foreach (var (address, counter) in new[] { (worker, "voxeltron_commits_total"), (_fabric.Http.BaseAddress!.ToString().TrimEnd('/'), "inbox_submissions") })
        {
            var text = await http.GetStringAsync(address + "/metrics");
            Assert.Contains(text.Split('\n'), line => line.Contains(counter, StringComparison.Ordinal) && line[0] != '#' && !line.EndsWith(" 0", StringComparison.Ordinal));
            Assert.DoesNotContain($"\"{RunningFabric.TenantName}\"", text, StringComparison.Ordinal);
        }
    }

    private async Task PostUntilTurnedAwayAsync(MissionId mission, int client)
    {
        for (var i = 0; ; i++)
        {
            var item = $"{client}-{i}";
            try
            {
                using var response = await _fabric.Http.SendAsync(Requests.Item(mission, "requests", item, "{}"u8.ToArray()));
                if (response.IsSuccessStatusCode)
                {
                    _acknowledged.Add(item);
                    continue;
                }

                using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
                _refusals.Add(problem.RootElement.GetProperty("code").GetString()!);
                return;
            }
            catch (HttpRequestException)
            {
                // No connection any more: nothing was acknowledged.
                return;
            }
        }
    }

    /// <summary>Returns when the server ends the stream.</summary>
    private async Task FollowAsync(MissionId mission)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/missions/{mission}/events");
        request.Headers.Accept.ParseAdd("text/event-stream");
        using var response = await _fabric.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using var stream = await response.Content.ReadAsStreamAsync();
        var buffer = new byte[4096];
        try
        {
            while (await stream.ReadAsync(buffer) > 0)
            {
            }
        }
        catch (IOException)
        {
            // Cut off is an end, too.
        }
    }
}
