using Microsoft.AspNetCore.Http.Features;
using Voxeltron.Postgres;

namespace Voxeltron.Api.Http;

/// <summary>
/// The one place where a request's failure becomes an answer. Outermost, so that authentication against a lost database is
/// answered like any other use of it. A response that has begun (SSE) can only be cut.
/// </summary>
internal sealed partial class ProblemMiddleware(RequestDelegate next, FabricDataSource database, ILogger<ProblemMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client left; there is nobody to answer.
            return;
        }
        catch (Exception fault) when (!http.Response.HasStarted)
        {
            await ProblemWriter.WriteAsync(http, Translate(http, fault));
            return;
        }
        catch (Exception fault)
        {
            LogCut(fault, http.Request.Path, ProblemWriter.TraceId(http));
            http.Abort();
            return;
        }

        await AnswerBareStatusAsync(http);
    }

    private ProblemException Translate(HttpContext http, Exception fault)
    {
        switch (fault)
        {
            case ProblemException problem:
                return problem;
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                return new ProblemException(Problems.BodyTooLarge, $"This address takes at most {MaxBody(http)} bytes.");
            case BadHttpRequestException:
                return new ProblemException(Problems.RequestMalformed, "The request or its body ended early or is malformed.");
        }

        switch (PostgresFault.Classify(fault))
        {
            case PostgresFaultClass.Unavailable:
                database.ForgetIdle();
                LogUnavailable(http.Request.Path, fault.GetType().Name, fault.Message);
                return new ProblemException(Problems.PostgresUnavailable, "The database could not be reached or went away during the request. A write may or may not have happened: repeat it with the same key.");
            case PostgresFaultClass.NotSetUp:
                LogNotSetUp(fault, http.Request.Path);
                return new ProblemException(Problems.DatabaseNotReady, "The database lacks tables or rights this version needs.");
            default:
                LogBug(fault, http.Request.Method, http.Request.Path, ProblemWriter.TraceId(http));
                return new ProblemException(Problems.InternalError, "Something failed that should not; the log has the details under the trace id.");
        }
    }

    private static string MaxBody(HttpContext http) =>
        http.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize?.ToString() ?? "a limited number of";

    /// <summary>Routing answers 404 and 405 without a body.</summary>
    private static Task AnswerBareStatusAsync(HttpContext http)
    {
        if (http.Response.HasStarted || http.Response.ContentType is not null || http.Response.ContentLength > 0)
        {
            return Task.CompletedTask;
        }

        var allow = http.Response.Headers.Allow;
        switch (http.Response.StatusCode)
        {
            case StatusCodes.Status404NotFound:
                return ProblemWriter.WriteAsync(http, Problems.NotFound, "There is nothing at this address.");
            case StatusCodes.Status405MethodNotAllowed:
                http.Response.OnStarting(() =>
                {
                    http.Response.Headers.Allow = allow;
                    return Task.CompletedTask;
                });
                return ProblemWriter.WriteAsync(http, Problems.MethodNotAllowed, $"This address takes: {allow}.");
            case StatusCodes.Status400BadRequest:
                return ProblemWriter.WriteAsync(http, Problems.ParameterInvalid, "A parameter is malformed.");
            case StatusCodes.Status415UnsupportedMediaType:
                return ProblemWriter.WriteAsync(http, Problems.ContentTypeUnsupported, "This content type is not taken here.");
            default:
                return Task.CompletedTask;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Postgres away while serving {Path}: {Type}: {Reason}")]
    private partial void LogUnavailable(PathString path, string type, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The database is not set up for this version; serving {Path} failed")]
    private partial void LogNotSetUp(Exception fault, PathString path);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed, trace id {TraceId}")]
    private partial void LogBug(Exception fault, string method, PathString path, string traceId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Response to {Path} cut off after it began, trace id {TraceId}")]
    private partial void LogCut(Exception fault, PathString path, string traceId);
}
