using System.Text.Json;
using Voxeltron.Api.Auth;
using Voxeltron.Api.Http;
using Voxeltron.Api.Missions;
using Voxeltron.Api.Signals;
using Voxeltron.Kernel;
using Voxeltron.Postgres;

namespace Voxeltron.Api.Events;

/// <summary>
/// A mission's entries as pages or as a stream of server-sent events. Seq is the event's id: a client that lost the connection
/// goes on where it stopped, without a gap and without a repeat.
/// </summary>
internal sealed class EventEndpoints(MissionDirectory directory, MissionQueries missions, EventQueries events, JournalSignal signal, ApiMetrics metrics, TimeProvider clock, IHostApplicationLifetime lifetime)
{
    private const int StreamPage = 500;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/missions/{id}/events", static (HttpContext http, string id, EventEndpoints endpoints) => endpoints.ReadAsync(http, id))
        .WithTags("events").RequireAuthorization(Policies.Read)
        .WithSummary("Entries after a seq: JSON pages, or server-sent events with Accept: text/event-stream")
        .Produces<string>(StatusCodes.Status200OK, "application/json", EventStream.ContentType);

    private async Task ReadAsync(HttpContext http, string id)
    {
        var tenant = http.Caller().Tenant;
        var mission = Parameters.Mission(id);
        var after = Parameters.Number(http.Request, "after", 0, 0, long.MaxValue);
        var limit = Parameters.Limit(http.Request, fallback: 500, max: 1000);
        var streaming = EventStream.IsAsked(http.Request);
        if (streaming && EventStream.LastEventId(http.Request) is { } last)
        {
            after = last;
        }

        await directory.GetAsync(tenant, mission, http.RequestAborted);
        if (streaming)
        {
            await StreamAsync(http, tenant, mission, after);
            return;
        }

        var rows = await events.PageAsync(tenant, StreamId.Of(mission), after, limit, http.RequestAborted);
        http.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(http.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteStartArray("events");
        foreach (var row in rows)
        {
            Write(json, row);
        }

        json.WriteEndArray();
        json.WriteNumber("next_after", rows.Count > 0 ? rows[^1].Seq : after);
        json.WriteBoolean("more", rows.Count == limit);
        json.WriteEndObject();
        await json.FlushAsync(http.RequestAborted);
    }

    private async Task StreamAsync(HttpContext http, TenantId tenant, MissionId mission, long after)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        var cancel = ending.Token;
        var stream = StreamId.Of(mission);
        // The first page is read before the response begins, so that a lost database is still a proper 503.
        var pulse = signal.Next(tenant, stream);
        var rows = await events.PageAsync(tenant, stream, after, StreamPage, cancel);
        var output = new EventStream(http, clock);
        await output.StartAsync(cancel);
        metrics.StreamOpened();
        try
        {
            while (true)
            {
                foreach (var row in rows)
                {
                    WriteEvent(output, row);
                    after = row.Seq;
                }

                if (rows.Count < StreamPage)
                {
                    if (await EndedAsync(output, tenant, mission, after, cancel))
                    {
                        await output.SendAsync(cancel);
                        return;
                    }

                    await output.SendAsync(cancel);
                    await output.WaitAsync(pulse, cancel);
                }

                await output.SendAsync(cancel);
                pulse = signal.Next(tenant, stream);
                rows = await events.PageAsync(tenant, stream, after, StreamPage, cancel);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The client left or the process drains: the client resumes by the last id.
        }
        finally
        {
            metrics.StreamClosed();
        }
    }

    /// <summary>True when the mission has ended and its last entry was sent. The row moves in the commit that holds that entry.</summary>
    private async Task<bool> EndedAsync(EventStream output, TenantId tenant, MissionId mission, long sent, CancellationToken cancel)
    {
        if (await missions.FindAsync(tenant, mission, cancel) is not { Status: "completed" or "failed" or "cancelled" } ended || ended.Seq > sent)
        {
            return false;
        }

        output.MissionEnd(mission, ended.Status);
        return true;
    }

    private static void WriteEvent(EventStream output, EventRow row)
    {
        output.Begin(row.Seq, row.Kind);
        using (var json = new Utf8JsonWriter(output.Data))
        {
            Write(json, row);
        }

        output.End();
    }

    private static void Write(Utf8JsonWriter json, EventRow row)
    {
        json.WriteStartObject();
        json.WriteNumber("seq", row.Seq);
        json.WriteString("kind", row.Kind);
        json.WriteString("actor", row.Actor);
        json.WriteString("time", ApiTime.Text(row.Time));
        json.WriteNumber("epoch", row.Epoch);
        json.WritePropertyName("body");
        json.WriteRawValue(row.Body);
        if (row.PayloadSize is { } size)
        {
            json.WriteNumber("payload_size", size);
        }
        else
        {
            json.WriteNull("payload_size");
        }

        json.WriteEndObject();
    }
}
