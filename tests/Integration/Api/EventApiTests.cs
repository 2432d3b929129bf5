using System.Net.Http.Headers;
using System.Text.Json;
using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Integration.Api;

/// <summary>Goal: a client sees every entry once and in order, across reconnects. Method: entries appended while a stream is open.</summary>
public sealed class EventApiTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Tenant = ApiFixture.Tenant;

    [Fact]
    public async Task Pages_are_gapless_in_seq()
    {
        var mission = await MissionWithEntriesAsync(7);
        var seen = new List<long>();
        var after = 0L;
        bool more;
        do
        {
            var page = await (await api.Operator.GetAsync($"/v1/missions/{mission}/events?after={after}&limit=3")).Content.ReadFromAsync();
            seen.AddRange(page.GetProperty("events").EnumerateArray().Select(static entry => entry.GetProperty("seq").GetInt64()));
            after = page.GetProperty("next_after").GetInt64();
            more = page.GetProperty("more").GetBoolean();
        }
        while (more);
        Assert.Equal(Enumerable.Range(1, 8).Select(static seq => (long)seq), seen);
    }

    [Fact]
    public async Task A_stream_follows_the_log_and_ends_with_the_mission()
    {
        var mission = await MissionWithEntriesAsync(2);
        using var response = await OpenAsync(mission, "?after=1", null);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.Equal((2, "task.dispatched"), await NextAsync(reader));
        Assert.Equal((3, "task.dispatched"), await NextAsync(reader));
        await api.Owner.AppendAsync(Tenant, mission, "mission.completed", """{"status":"completed","v":1}""", null);
        await api.Owner.AdmitAsync(Tenant, mission, "completed", $"{Tenant}/{mission.Hex}");
        Assert.Equal((4, "mission.completed"), await NextAsync(reader));
        Assert.Equal((0, "mission.end"), await NextAsync(reader));
        Assert.Null(await reader.ReadLineAsync());
    }

    [Fact]
    public async Task A_reconnect_goes_on_after_the_last_event_id()
    {
        var mission = await MissionWithEntriesAsync(3);
        using var response = await OpenAsync(mission, "?after=0", "3");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.Equal((4, "task.dispatched"), await NextAsync(reader));
    }

    /// <summary>The submission and some entries more.</summary>
    private async Task<MissionId> MissionWithEntriesAsync(int count)
    {
        var mission = await api.SubmitMissionAsync();
        await api.Owner.AdmitAsync(Tenant, mission);
        for (var i = 0; i < count; i++)
        {
            await api.Owner.AppendAsync(Tenant, mission, "task.dispatched", $$"""{"attempt":1,"n":{{i}},"v":1}""", null);
        }

        return mission;
    }

    private async Task<HttpResponseMessage> OpenAsync(MissionId mission, string query, string? lastEventId)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/missions/{mission}/events{query}");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (lastEventId is not null)
        {
            request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        }

        var response = await api.Operator.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        return response;
    }

    /// <summary>The next event's id (0 without one) and name; its data must agree.</summary>
    private static async Task<(long Id, string Name)> NextAsync(StreamReader reader)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        long id = 0;
        var name = "";
        while (await reader.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal))
            {
                id = long.Parse(line[4..]);
            }
            else if (line.StartsWith("event: ", StringComparison.Ordinal))
            {
                name = line[7..];
            }
            else if (line.StartsWith("data: ", StringComparison.Ordinal) && id > 0)
            {
                using var data = JsonDocument.Parse(line[6..]);
                Assert.Equal(id, data.RootElement.GetProperty("seq").GetInt64());
                Assert.Equal(name, data.RootElement.GetProperty("kind").GetString());
            }
            else if (line.Length == 0 && name.Length > 0)
            {
                return (id, name);
            }
        }

        throw new InvalidOperationException("The stream ended.");
    }
}
