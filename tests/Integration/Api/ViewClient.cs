using System.Net.Http.Headers;
using System.Text.Json;
using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Integration.Api;

/// <summary>One event as the SSE rules make it of lines: only what an empty line ended ever happened.</summary>
/// <param name="Id">Null without the field, "" with an empty one.</param>
internal sealed record ViewEvent(string? Id, string Name, JsonElement Data)
{
    public long Seq => Data.GetProperty("seq").GetInt64();

    public List<(int Id, long Weight)> Rows => [.. Data.GetProperty(Name == "snapshot" ? "rows" : "changes").EnumerateArray()
        .Select(row => (row.GetProperty("row").GetProperty("id").GetInt32(), row.GetProperty(Name == "snapshot" ? "count" : "weight").GetInt64()))];
}

/// <summary>A client that follows a view over one connection.</summary>
internal sealed class ViewClient(HttpResponseMessage response) : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(25);
    private readonly StreamReader _reader = new(response.Content.ReadAsStream());

    public static async Task<HttpResponseMessage> SendAsync(HttpClient client, MissionId mission, string view, string query = "", string? lastEventId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/missions/{mission}/views/{view}{query}");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (lastEventId is not null)
        {
            request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        }

        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    public static async Task<ViewClient> OpenAsync(HttpClient client, MissionId mission, string view, string query = "", string? lastEventId = null)
    {
        var response = await SendAsync(client, mission, view, query, lastEventId);
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode}");
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        return new ViewClient(response);
    }

    /// <summary>The next line, comments among them; null at the end.</summary>
    public async Task<string?> LineAsync()
    {
        using var limit = new CancellationTokenSource(s_limit);
        return await _reader.ReadLineAsync(limit.Token);
    }

    /// <param name="lines">Counts down; at 0 the client has had enough, wherever it is.</param>
    /// <returns>Null at the end, or when the lines are used up.</returns>
    public async Task<ViewEvent?> NextAsync(Budget? lines = null)
    {
        // For the event, not for a line: keep-alives are lines too.
        using var limit = new CancellationTokenSource(s_limit);
        string? id = null;
        var name = "";
        var data = "";
        while ((lines is null || lines.Left-- > 0) && await _reader.ReadLineAsync(limit.Token) is { } line)
        {
            var (field, value) = line.Split(':', 2) is [var f, var v] ? (f, v.TrimStart(' ')) : (line, "");
            switch (field)
            {
                case "id":
                    id = value;
                    break;
                case "event":
                    name = value;
                    break;
                case "data":
                    data = value;
                    break;
                case "" when line.Length == 0 && name.Length > 0:
                    using (var document = JsonDocument.Parse(data))
                    {
                        return new ViewEvent(id, name, document.RootElement.Clone());
                    }

                default:
                    break;
            }
        }

        return null;
    }

    public void Dispose()
    {
        _reader.Dispose();
        response.Dispose();
    }

    internal sealed class Budget(int lines)
    {
        public int Left { get; set; } = lines;
    }
}
