using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Voxeltron.Kernel;

namespace Voxeltron.Api.Http;

/// <summary>
/// A response of server-sent events: headers, framing, keep-alives. What is written goes out with the next
/// <see cref="SendAsync"/>. An event ends with its empty line: a client drops one that was cut before it.
/// </summary>
/// <remarks>Used by one request at a time.</remarks>
internal sealed class EventStream(HttpContext http, TimeProvider clock)
{
    public const string ContentType = "text/event-stream";
    private static readonly TimeSpan s_keepAlive = TimeSpan.FromSeconds(15);

    private long _sent;

    /// <summary>Takes the data of the event begun last; one line.</summary>
    public PipeWriter Data => http.Response.BodyWriter;

    public static bool IsAsked(HttpRequest request) =>
        request.Headers.Accept.Any(static accept => accept?.Contains(ContentType, StringComparison.OrdinalIgnoreCase) == true);

    /// <summary>The id of the last event the client has seen; null when it says none.</summary>
    public static long? LastEventId(HttpRequest request)
    {
        if (request.Headers["Last-Event-ID"].ToString() is not { Length: > 0 } last)
        {
            return null;
        }

        return long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var seq)
            ? seq
            : throw ProblemException.Parameter("Last-Event-ID", "use the id of the last event you have seen");
    }

    /// <summary>Sends the headers. What can still be refused is refused before.</summary>
    public async Task StartAsync(CancellationToken cancel)
    {
        http.Response.ContentType = ContentType;
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["X-Accel-Buffering"] = "no";
        await http.Response.StartAsync(cancel);
        _sent = clock.GetTimestamp();
    }

    public void Begin(long id, string name) => Write($"id: {id}\nevent: {name}\ndata: ");

    /// <summary>An event without an id: the client's last one stays what it was.</summary>
    public void Begin(string name) => Write($"event: {name}\ndata: ");

    /// <summary>An event after which the client has seen nothing: one that reconnects by itself sends no id.</summary>
    public void BeginForgetting(string name) => Write($"id:\nevent: {name}\ndata: ");

    public void End() => Data.Write("\n\n"u8);

    public void MissionEnd(MissionId mission, string status)
    {
        Begin("mission.end");
        using (var json = new System.Text.Json.Utf8JsonWriter(Data))
        {
            json.WriteStartObject();
            json.WriteString("mission_id", mission.ToString());
            json.WriteString("status", status);
            json.WriteEndObject();
        }

        End();
    }

    public async Task SendAsync(CancellationToken cancel)
    {
        if (Data.UnflushedBytes > 0)
        {
            await Data.FlushAsync(cancel);
            _sent = clock.GetTimestamp();
        }
    }

    /// <summary>Returns at the pulse, or after a keep-alive: then the caller looks once for nothing.</summary>
    public async Task WaitAsync(Task pulse, CancellationToken cancel)
    {
        var left = s_keepAlive - clock.GetElapsedTime(_sent);
        if (left > TimeSpan.Zero)
        {
            await pulse.WaitAsync(left, clock, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancel.ThrowIfCancellationRequested();
        }

        // Pulses come once a second at least, so what counts is when something was last sent, not how long this waited.
        if (clock.GetElapsedTime(_sent) >= s_keepAlive)
        {
            Write(": keep-alive\n\n");
            await SendAsync(cancel);
        }
    }

    private void Write(string text) => Encoding.ASCII.GetBytes(text, Data);
}
