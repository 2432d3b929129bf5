using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Npgsql;
using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>
/// One client that follows a mission's events from its first entry to its end, whatever dies meanwhile: cut off, it comes back
/// with the id of the last event it has. It keeps each event as it came, so that all of them can be compared with the log.
/// </summary>
/// <param name="saw">Told of each event, and when it came (Unix time in µs).</param>
internal sealed class EventFollower(RunningFabric fabric, MissionId mission, Action<SeenEvent, long>? saw = null)
{
    private const int MostTold = 20;

    /// <summary>Four times the keep-alive: an open stream that is silent for so long is none.</summary>
    private static readonly TimeSpan s_longestSilence = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan s_pace = TimeSpan.FromMilliseconds(20);

    private readonly List<SeenEvent> _events = [];

    // Not thrown where it is found: everybody else waits for what this one sees.
    private readonly List<string> _wrong = [];
    private long _durable;

    /// <summary>How often it had to connect until it saw the end.</summary>
    public int Connections { get; private set; }

    /// <summary>Returns when the stream has said that the mission ended. May be called again: goes on after the last event.</summary>
    public async Task FollowAsync()
    {
        await using var log = await OpenLogAsync();
        using var pace = new PeriodicTimer(s_pace);
        while (!await FollowUntilCutAsync(log))
        {
            await pace.WaitForNextTickAsync();
        }
    }

    /// <summary>Every entry the mission has by now was seen: once, in order, as it stands in the log, and not before it stood there.</summary>
    public async Task AssertSawTheLogAsync()
    {
        await using var log = await OpenLogAsync();
        var head = await DurableAsync(log);
        // What came after the end: a judge's word about a snapshot, an item that was too late.
        await FollowAsync();
        Assert.True(_wrong.Count == 0, string.Join('\n', _wrong));
        Assert.True(_events[^1].Seq >= head, $"The log of {mission} stands at {head}, and the last event seen is {_events[^1]}");
        var entries = await LogAsync(log, _events[^1].Seq);
        var same = entries.Zip(_events).TakeWhile(static pair => pair.First == pair.Second).Count();
        Assert.True(
            same == entries.Count && same == _events.Count,
            $"{mission}: after {same} events that are the log's there stands\n{entries.ElementAtOrDefault(same)}, and seen was\n{_events.ElementAtOrDefault(same)}");
    }

    /// <returns>False when the connection was lost, or there is nobody to connect to.</returns>
    private async Task<bool> FollowUntilCutAsync(NpgsqlConnection log)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/missions/{mission}/events");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (_events.Count > 0)
        {
            request.Headers.Add("Last-Event-ID", _events[^1].Seq.ToString(CultureInfo.InvariantCulture));
        }

        try
        {
            using var response = await fabric.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            if (response.StatusCode >= HttpStatusCode.InternalServerError)
            {
                return false;
            }

            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Connections++;
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
            return await ReadAsync(reader, log);
        }
        catch (Exception cut) when (cut is HttpRequestException or IOException)
        {
            return false;
        }
    }

    /// <summary>An event counts when the empty line behind it has come: half of one is forgotten, and sent again.</summary>
    private async Task<bool> ReadAsync(StreamReader reader, NpgsqlConnection log)
    {
        var (id, name, data) = ("", "", "");
        while (await reader.ReadLineAsync().WaitAsync(s_longestSilence) is { } line)
        {
            if (line.Length == 0 && name == "mission.end")
            {
                return true;
            }

            if (line.Length == 0 && data.Length > 0)
            {
                await SeeAsync(id, name, data, log);
                (id, name, data) = ("", "", "");
            }
            else if (Field(line, "id") is { } seq)
            {
                id = seq;
            }
            else if (Field(line, "event") is { } kind)
            {
                name = kind;
            }
            else if (Field(line, "data") is { } json)
            {
                data += json;
            }
        }

        return false;
    }

    private async Task SeeAsync(string id, string name, string data, NpgsqlConnection log)
    {
        var nowUs = TimeProvider.System.NowUs();
        var seen = SeenEvent.Parse(data);
        if (seen.Seq > _durable && seen.Seq > (_durable = await DurableAsync(log)))
        {
            Wrong($"{seen} came while the log stands at {_durable}");
        }

        if (id != seen.Seq.ToString(CultureInfo.InvariantCulture) || name != seen.Kind)
        {
            Wrong($"{seen} came as {name} with the id {id}");
        }

        _events.Add(seen);
        saw?.Invoke(seen, nowUs);
    }

    private void Wrong(string what)
    {
        if (_wrong.Count < MostTold)
        {
            _wrong.Add(what);
        }
    }

    private static string? Field(string line, string name) =>
        line.StartsWith(name + ": ", StringComparison.Ordinal) ? line[(name.Length + 2)..] : null;

    private async Task<NpgsqlConnection> OpenLogAsync()
    {
        var connection = new NpgsqlConnection(fabric.Seat.AdminOf(fabric.Database));
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>Another session sees a row once its commit is durable, and not before.</summary>
    private async Task<long> DurableAsync(NpgsqlConnection log)
    {
        await using var command = new NpgsqlCommand("select coalesce(max(seq), 0) from journal.entry where tenant_id = $1 and stream_id = $2", log);
        AddStream(command);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private async Task<List<SeenEvent>> LogAsync(NpgsqlConnection log, long last)
    {
        await using var command = new NpgsqlCommand(
            """
            select seq, kind, actor, to_char(time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), epoch, body, octet_length(payload)::bigint
            from journal.entry
            where tenant_id = $1 and stream_id = $2 and seq <= $3
            order by seq
            """, log);
        AddStream(command);
        command.Parameters.AddWithValue(last);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<SeenEvent>();
        while (await reader.ReadAsync())
        {
            rows.Add(new SeenEvent(
                reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetInt64(4), reader.GetString(5),
                reader.IsDBNull(6) ? null : reader.GetInt64(6)));
        }

        return rows;
    }

    private void AddStream(NpgsqlCommand command)
    {
        command.Parameters.AddWithValue(RunningFabric.TenantName);
        command.Parameters.AddWithValue(mission.Value);
    }
}

/// <summary>An event with all that docs/http.md says of it.</summary>
/// <param name="Body">Its text as it came: the log's own, to the byte.</param>
internal sealed record SeenEvent(long Seq, string Kind, string Actor, string Time, long Epoch, string Body, long? PayloadSize)
{
    public static SeenEvent Parse(string data)
    {
        using var json = JsonDocument.Parse(data);
        var seen = json.RootElement;
        var size = seen.GetProperty("payload_size");
        return new SeenEvent(
            seen.GetProperty("seq").GetInt64(),
            seen.GetProperty("kind").GetString()!,
            seen.GetProperty("actor").GetString()!,
            seen.GetProperty("time").GetString()!,
            seen.GetProperty("epoch").GetInt64(),
            seen.GetProperty("body").GetRawText(),
            size.ValueKind == JsonValueKind.Null ? null : size.GetInt64());
    }
}
