using System.Reflection;
using Voxeltron.Api.Auth;
using Voxeltron.Api.Http;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Ultra;

namespace Voxeltron.Api.Export;

/// <summary>
/// The log as one file, streamed row by row out of one snapshot. A tenant's key gets the tenant's part; the whole is for keys
/// of the tenant <c>fabric</c>, since what belongs to another tenant does not exist for anybody else.
/// </summary>
/// <remarks>One at a time: each holds a snapshot, which holds back vacuum, and a connection. The client's pace is the export's.</remarks>
internal sealed partial class ExportEndpoint(FabricDataSource database, TimeProvider clock, IHostApplicationLifetime lifetime, ILogger<ExportEndpoint> logger) : IDisposable
{
    /// <summary>Then the response is cut: the file lacks its manifest and nobody takes it for whole.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(15);

    private static readonly string s_tool = $"voxeltron-api {Assembly.GetExecutingAssembly().GetName().Version?.ToString(3)}";

    private readonly SemaphoreSlim _one = new(1, 1);

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/v1/export", static (HttpContext http, ExportEndpoint endpoint) => endpoint.WriteAsync(http))
        .WithTags("export").RequireAuthorization(Policies.Export)
        .WithSummary("The log, or the part of a tenant or mission, as one zip to verify and replay elsewhere")
        .Produces<byte[]>(StatusCodes.Status200OK, "application/zip");

    public void Dispose() => _one.Dispose();

    private async Task WriteAsync(HttpContext http)
    {
        var scope = ScopeOf(http);
        if (!await _one.WaitAsync(TimeSpan.Zero))
        {
            throw new ProblemException(Problems.ExportBusy, "This Api writes one export at a time, and one is being written.");
        }

        try
        {
            using var bound = new CancellationTokenSource(s_longest, clock);
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping, bound.Token);
            await WriteAsync(http, scope, ending.Token);
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task WriteAsync(HttpContext http, ExportScope scope, CancellationToken cancel)
    {
        var (began, key) = (clock.GetTimestamp(), http.Caller().KeyId);
        await using var reader = await LogReader.OpenAsync(database, cancel);
        var writer = new LogExportWriter(reader, scope, s_tool, clock);
        try
        {
            await writer.FindStreamsAsync(cancel);
        }
        catch (VoxeltronException missing) when (missing.FaultCode is "mission_not_found" or "tenant_not_found")
        {
            throw new ProblemException(scope.Mission is null ? Problems.NotFound : Problems.MissionNotFound, missing.Message);
        }

        LogBegun(scope, key);
        http.Response.ContentType = "application/zip";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"voxeltron-{scope.Kind}-{clock.GetUtcNow():yyyyMMdd'T'HHmmss'Z'}.zip\"";
        var manifest = await writer.WriteAsync(http.Response.Body, cancel);
        var entries = manifest.Streams.Sum(static stream => stream.Entries);
        var elapsedMs = (long)clock.GetElapsedTime(began).TotalMilliseconds;
        LogEnded(scope, key, entries, elapsedMs);
    }

    private static ExportScope ScopeOf(HttpContext http)
    {
        var own = http.Caller().Tenant;
        var mission = Parameters.Single(http.Request, "mission") is { } id ? Parameters.Mission(id) : (MissionId?)null;
        var named = Parameters.Single(http.Request, "tenant");
        if (named is not null && !TenantId.IsValid(named))
        {
            throw ProblemException.Parameter("tenant", "use a tenant's name");
        }

        if (own != TenantId.Fabric)
        {
            return named is null || named == own.Value
                ? new ExportScope(own, mission)
                : throw new ProblemException(Problems.NotFound, $"There is no tenant {named} for this key.");
        }

        return named is not null
            ? new ExportScope(new TenantId(named), mission)
            : mission is null ? ExportScope.Whole : throw ProblemException.Parameter("tenant", "name the mission's tenant");
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Export of {Scope} begun for key {Key}")]
    private partial void LogBegun(ExportScope scope, string key);

    [LoggerMessage(Level = LogLevel.Information, Message = "Export of {Scope} for key {Key} ended: {Entries} entries in {ElapsedMs} ms")]
    private partial void LogEnded(ExportScope scope, string key, long entries, long elapsedMs);
}
