using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Npgsql;
using Voxeltron.Kernel;

namespace Voxeltron.Benchmarks;

/// <summary>How soon those who follow a view hear of a change: a cell of the same mission, and a client by HTTP.</summary>
internal sealed class DeltaRuns(BenchFabric fabric, BenchOptions options)
{
    /// <summary>Changes a second for the cell.</summary>
    public const int CellPerSecond = 500;

    /// <summary>Changes a second for the client: few enough that each is a commit and an event of its own.</summary>
    public const int HttpPerSecond = 50;

    public TimeSpan WarmUp => TimeSpan.FromSeconds(options.Quick ? 1 : 5);

    public TimeSpan Window => TimeSpan.FromSeconds(options.Quick ? 3 : 10);

    /// <summary>What the worker counted: from a writer's handler that has returned, before its commit, to the follower's <c>on_delta</c> entered.</summary>
    public async Task<JsonNode> ToCellAsync(CancellationToken cancel)
    {
        var mission = await FollowedMission.OpenAsync(fabric, cancel);
        await mission.FollowAsync(cancel);
        await mission.WriteAsync(CellPerSecond, cancel);
        await Task.Delay(WarmUp, cancel);
        await fabric.Timelines.ActionsAsync(reset: true, cancel);
        await Task.Delay(Window, cancel);
        var times = await fabric.Timelines.ActionsAsync(reset: false, cancel);
        await mission.EndAsync(cancel);
        var told = times["delta_us"]!;
        return told["n"]!.GetValue<long>() > 0 ? times : throw new VoxeltronException("bench_nothing_told", $"{mission.Mission.Id}: the worker told nobody of a change.");
    }

    /// <summary>From the entry's time to its event read by a client, and what the worker counted from append to durable meanwhile.</summary>
    public async Task<(Distribution ToHttpMs, JsonNode Release)> ToHttpAsync(CancellationToken cancel)
    {
        var mission = await FollowedMission.OpenAsync(fabric, cancel);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/missions/{mission.Mission.Id}/views/{FollowedMission.View}");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        using var response = await fabric.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        response.EnsureSuccessStatusCode();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancel));
        await mission.WriteAsync(HttpPerSecond, cancel);
        _ = await ReadAsync(reader, WarmUp, cancel);
        await fabric.Timelines.ActionsAsync(reset: true, cancel);
        var read = await ReadAsync(reader, Window, cancel);
        var times = await fabric.Timelines.ActionsAsync(reset: false, cancel);
        await mission.EndAsync(cancel);
        var committed = await TimesAsync(mission.Mission.Id, [.. read.Keys], cancel);
        return (new Distribution(read.Select(told => (told.Value - committed[told.Key]) / 1e3)), times["release_ms"]!.DeepClone());
    }

    /// <summary>Reads whole events for so long.</summary>
    /// <returns>By seq, the time (Unix microseconds) at which the event's end was read.</returns>
    private static async Task<Dictionary<long, long>> ReadAsync(StreamReader reader, TimeSpan span, CancellationToken cancel)
    {
        var read = new Dictionary<long, long>();
        var (seq, isDelta) = (0L, false);
        var began = Ticks.Now;
        while (await reader.ReadLineAsync(cancel) is { } line)
        {
            if (line.StartsWith("id:", StringComparison.Ordinal))
            {
                seq = long.Parse(line.AsSpan(3), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
            }
            else if (line.StartsWith("event:", StringComparison.Ordinal))
            {
                isDelta = line.EndsWith("delta", StringComparison.Ordinal);
            }
            else if (line.Length == 0 && isDelta)
            {
                read[seq] = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
                if (Ticks.Seconds(began, Ticks.Now) >= span.TotalSeconds)
                {
                    return read;
                }
            }
        }

        throw new VoxeltronException("bench_stream_ended", "The Api ended the stream of a view that is being written.");
    }

    private async Task<Dictionary<long, long>> TimesAsync(MissionId mission, long[] seqs, CancellationToken cancel)
    {
        await using var connection = await fabric.Database.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            """
            select seq, (extract(epoch from time) * 1000000)::bigint
              from journal.entry
             where tenant_id = $1 and stream_id = $2 and seq = any($3)
            """, connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = fabric.Tenant.Value });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = mission.Value });
        command.Parameters.Add(new NpgsqlParameter<long[]> { TypedValue = seqs });
        await using var rows = await command.ExecuteReaderAsync(cancel);
        var times = new Dictionary<long, long>(seqs.Length);
        while (await rows.ReadAsync(cancel))
        {
            times.Add(rows.GetInt64(0), rows.GetInt64(1));
        }

        return times;
    }
}
