using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Voxeltron.Api.Auth;
using Voxeltron.Api.Http;
using Voxeltron.Api.Signals;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Ultra;

namespace Voxeltron.Api.Gates;

/// <summary>Shows what waits for people, and what exactly they are asked.</summary>
internal sealed class GateEndpoints(GateQueries gates, JournalSignal signal, TimeProvider clock)
{
    /// <summary>Whoever waits looks no oftener, however busy the tenant is.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);

    public static readonly string[] Pending = ["open", "escalated"];

    private const string PendingWord = "pending";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/gates", static (HttpContext http, GateEndpoints endpoints) => endpoints.ListAsync(http))
            .WithTags("gates").RequireAuthorization(Policies.Read)
            .WithSummary("Human gates, newest first; wait=55s waits until there is one, or with If-None-Match until something changes")
            .Produces<GatePage>().Produces(StatusCodes.Status304NotModified);
        routes.MapGet("/v1/gates/{mission}/{gate}", static (HttpContext http, string mission, string gate, GateEndpoints endpoints) => endpoints.FindAsync(http, mission, gate))
            .WithTags("gates").RequireAuthorization(Policies.Read)
            .WithSummary("One gate with the document that is to be approved").Produces<GateDetail>()
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    public static long Gate(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seq) && seq > 0
        ? seq
        : throw new ProblemException(Problems.GateNotFound, "That is no gate: it is a number of its mission.");

    public async Task<GateWithDocument> GetAsync(TenantId tenant, MissionId mission, long openedSeq, CancellationToken cancel) =>
        await gates.FindAsync(tenant, mission, openedSeq, cancel)
            ?? throw new ProblemException(Problems.GateNotFound, $"Your tenant has no gate {openedSeq} in a mission {mission}.");

    private async Task<IResult> FindAsync(HttpContext http, string missionText, string gateText)
    {
        var found = await GetAsync(http.Caller().Tenant, Parameters.Mission(missionText), Gate(gateText), http.RequestAborted);
        JsonElement? shown = null;
        if (found.Document is { } document)
        {
            using var json = JsonDocument.Parse(document);
            shown = json.RootElement.Clone();
        }

        return Results.Json(new GateDetail(GateView.Of(found.Gate), found.Document, shown), ApiJson.Default.GateDetail);
    }

    private async Task<IResult> ListAsync(HttpContext http)
    {
        var tenant = http.Caller().Tenant;
        var state = Parameters.OneOf(http.Request, "state", [PendingWord, "open", "escalated", "approved", "denied", "expired", "voided"]);
        var states = state is null ? null : state == PendingWord ? Pending : (string[])[state];
        MissionId? mission = Parameters.Single(http.Request, "mission") is { } id ? Parameters.Mission(id) : null;
        var limit = Parameters.Limit(http.Request, fallback: 100, max: 500);
        var before = Before(Parameters.Single(http.Request, "before"));
        var known = http.Request.Headers.IfNoneMatch.ToString();
        var rows = await WaitAsync(tenant, Parameters.LongPoll(http.Request), async () =>
        {
            var found = await gates.ListAsync(tenant, states, mission, before, limit, http.RequestAborted);
            return (found, known.Length > 0 ? Tag(found) != known : found.Count > 0);
        }, http.RequestAborted);
        var tag = Tag(rows);
        http.Response.Headers.ETag = tag;
        return tag == known
            ? Results.StatusCode(StatusCodes.Status304NotModified)
            : Results.Json(new GatePage([.. rows.Select(GateView.Of)], rows.Count == limit ? Cursor(rows[^1]) : null), ApiJson.Default.GatePage);
    }

    /// <summary>Asks until the answer is worth telling or the time is up; the last answer is told either way.</summary>
    private async Task<IReadOnlyList<GateRow>> WaitAsync(
        TenantId tenant, TimeSpan limit, Func<Task<(IReadOnlyList<GateRow> Rows, bool IsNews)>> ask, CancellationToken cancel)
    {
        var started = clock.GetTimestamp();
        while (true)
        {
            var pulse = signal.Next(tenant);
            var (rows, isNews) = await ask();
            var left = limit - clock.GetElapsedTime(started);
            if (isNews || left <= TimeSpan.Zero)
            {
                return rows;
            }

            await pulse.WaitAsync(left, clock, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.Delay(LookEvery < left ? LookEvery : left, clock, cancel); // at most so many questions a second
        }
    }

    private static string Tag(IReadOnlyList<GateRow> rows)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var row in rows)
        {
            digest.AppendData(System.Text.Encoding.UTF8.GetBytes(string.Create(
                CultureInfo.InvariantCulture, $"{row.Mission.Hex} {row.OpenedSeq} {row.Status} {row.Approvals.Count} {row.EndedSeq}\n")));
        }

        return $"\"{Convert.ToHexStringLower(digest.GetHashAndReset()[..16])}\"";
    }

    private static string Cursor(GateRow row) => string.Create(CultureInfo.InvariantCulture, $"{row.OpenedUs}.{row.Mission.Hex}.{row.OpenedSeq}");

    private static (DateTime, MissionId, long)? Before(string? text)
    {
        if (text is null)
        {
            return null;
        }

        var parts = text.Split('.');
        return parts.Length == 3 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var us) && us < 253_402_300_800_000_000
            && Guid.TryParseExact(parts[1], "N", out var mission) && long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var seq)
            ? (UnixTime.ToDateTime(us), new MissionId(mission), seq)
            : throw ProblemException.Parameter("before", "use next_before of the page before");
    }
}
