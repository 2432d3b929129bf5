using System.Text.Json;
using Voxeltron.Api.Auth;
using Voxeltron.Api.Http;
using Voxeltron.Api.Missions;
using Voxeltron.Api.Signals;
using Voxeltron.Kernel;
using Voxeltron.Postgres;

namespace Voxeltron.Api.Views;

/// <summary>
/// A mission's published views: what one shows now, as JSON or as the first of its server-sent events, and then what each entry
/// changes of it. (view, seq) is a place to go on from: whoever adds up a snapshot and every later change has the view, exactly.
/// </summary>
internal sealed class ViewEndpoints(
    MissionDirectory directory, ViewQueries views, ViewGate gate, JournalSignal signal, ApiMetrics metrics, TimeProvider clock, IHostApplicationLifetime lifetime)
{
    /// <summary>Views named in a 404, at most.</summary>
    private const int MaxNamed = 20;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/missions/{id}/views").WithTags("views").RequireAuthorization(Policies.Read);
        group.MapGet("", static (HttpContext http, string id, ViewEndpoints endpoints) => endpoints.ListAsync(http, id))
            .WithSummary("List the views a mission declares, by name").Produces<string>(StatusCodes.Status200OK, "application/json");
        group.MapGet("{view}", static (HttpContext http, string id, string view, ViewEndpoints endpoints) => endpoints.ReadAsync(http, id, view))
            .WithSummary("What a published view shows: JSON, or a snapshot and changes as server-sent events with Accept: text/event-stream")
            .Produces<string>(StatusCodes.Status200OK, "application/json", EventStream.ContentType)
            .ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status410Gone);
    }

    private async Task ListAsync(HttpContext http, string id)
    {
        var tenant = http.Caller().Tenant;
        var cancel = http.RequestAborted;
        var mission = Parameters.Mission(id);
        var limit = Parameters.Limit(http.Request, fallback: 100, max: 200);
        var after = Parameters.Single(http.Request, "after") is { } name ? Parameters.ViewName("after", name) : "";
        await directory.GetAsync(tenant, mission, cancel);
        var rows = await views.ListAsync(tenant, mission, after, limit, cancel);
        http.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(http.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteStartArray("views");
        foreach (var row in rows)
        {
            json.WriteStartObject();
            json.WriteString("name", row.Name);
            json.WriteString("sql", row.Sql);
            json.WriteBoolean("published", row.Published);
            json.WritePropertyName("columns");
            json.WriteRawValue(row.ColumnsJson);
            json.WriteString("plan", row.Plan);
            json.WriteNumber("built_seq", row.BuiltSeq);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("next_after", rows.Count == limit ? rows[^1].Name : null);
        json.WriteEndObject();
        await json.FlushAsync(cancel);
    }

    private async Task ReadAsync(HttpContext http, string id, string view)
    {
        var tenant = http.Caller().Tenant;
        var mission = Parameters.Mission(id);
        await directory.GetAsync(tenant, mission, http.RequestAborted);
        if (!Parameters.IsViewName(view))
        {
            throw await NotFoundAsync(tenant, mission, view, http.RequestAborted);
        }

        if (EventStream.IsAsked(http.Request))
        {
            await StreamAsync(http, tenant, mission, view, After(http.Request));
            return;
        }

        await gate.ReadAsync(tenant, mission, view, async (found, cancel) =>
        {
            var snapshot = await PublishedAsync(found, tenant, mission, view, cancel);
            http.Response.ContentType = "application/json";
            http.Response.Headers.CacheControl = "no-store";
            await ViewJson.WriteAsync(http.Response.BodyWriter, view, snapshot, cancel);
            return snapshot.Seq;
        }, http.RequestAborted);
    }

    /// <summary>Null: from a snapshot on.</summary>
    private static long? After(HttpRequest request) =>
        EventStream.LastEventId(request)
        ?? (request.Query.ContainsKey("after") ? Parameters.Number(request, "after", 0, 0, long.MaxValue) : null);

    private async Task StreamAsync(HttpContext http, TenantId tenant, MissionId mission, string view, long? after)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        var cancel = ending.Token;
        var output = new EventStream(http, clock);
        var pulse = signal.Next(tenant, StreamId.Of(mission));
        // The first page is read before the response begins, so that what is refused still is a proper problem.
        var page = after is { } seen ? await FirstPageAsync(tenant, mission, view, seen, cancel) : null;
        metrics.StreamOpened();
        try
        {
            if (after is null)
            {
                after = await gate.ReadAsync(tenant, mission, view, (found, token) => SnapshotAsync(output, found, tenant, mission, view, token), cancel);
            }
            else
            {
                await output.StartAsync(cancel);
            }

            await new ViewFollower(http, output, views, signal, tenant, mission, view, after.Value).RunAsync(pulse, page, cancel);
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

    private async Task<ViewPage> FirstPageAsync(TenantId tenant, MissionId mission, string view, long after, CancellationToken cancel)
    {
        var page = await views.PageAsync(tenant, mission, view, ViewCursor.After(after), cancel) ?? throw await NotFoundAsync(tenant, mission, view, cancel);
        if (!page.State.Published)
        {
            throw NotPublished(mission, view);
        }

        if (after > page.State.HeadSeq)
        {
            throw ProblemException.Parameter(
                "after", $"{mission} has no entry {after}: its last is {page.State.HeadSeq}. If the database was restored to an earlier time, read the view anew");
        }

        return after >= page.State.BaseSeq
            ? page
            : throw new ProblemException(Problems.ViewSeqExpired, $"Changes of '{view}' up to entry {page.State.BaseSeq} are no longer told apart, and you have seen {after}.")
            {
                Members = [new("mission_id", mission.ToString()), new("view", view)],
            };
    }

    /// <returns>Its seq.</returns>
    private async Task<long> SnapshotAsync(EventStream output, ViewSnapshot? found, TenantId tenant, MissionId mission, string view, CancellationToken cancel)
    {
        var snapshot = await PublishedAsync(found, tenant, mission, view, cancel);
        await output.StartAsync(cancel);
        output.Begin(snapshot.Seq, "snapshot");
        await ViewJson.WriteAsync(output.Data, view, snapshot, cancel);
        output.End();
        await output.SendAsync(cancel);
        return snapshot.Seq;
    }

    private async Task<ViewSnapshot> PublishedAsync(ViewSnapshot? found, TenantId tenant, MissionId mission, string view, CancellationToken cancel) => found switch
    {
        null => throw await NotFoundAsync(tenant, mission, view, cancel),
        { Published: false } => throw NotPublished(mission, view),
        _ => found,
    };

    private static ProblemException NotPublished(MissionId mission, string view) =>
        new(Problems.ViewNotPublished, $"{mission} declares '{view}' without publishing it.") { Members = [new("mission_id", mission.ToString()), new("view", view)] };

    private async Task<ProblemException> NotFoundAsync(TenantId tenant, MissionId mission, string view, CancellationToken cancel)
    {
        var there = (await views.ListAsync(tenant, mission, "", MaxNamed + 1, cancel)).Select(static row => row.Name).ToList();
        var named = there.Count == 0 ? "none" : string.Join(", ", there.Take(MaxNamed)) + (there.Count > MaxNamed ? " and more" : "");
        return new ProblemException(Problems.ViewNotFound, $"{mission} has no view '{view}'; it declares: {named}.") { Members = [new("mission_id", mission.ToString())] };
    }
}
