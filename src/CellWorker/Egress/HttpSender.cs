using System.Net;
using Voxeltron.Cells;
using Voxeltron.Execution;
using Voxeltron.Kernel;

namespace Voxeltron.CellWorker;

/// <summary>
/// Sends one request of a cell and takes its answer: HTTP/1.1, within the request's time and sizes, redirects followed one by one and each
/// checked as the first address was. Everything that can go wrong is an outcome.
/// </summary>
internal static class HttpSender
{
    public static readonly HttpRequestOptionsKey<EgressUrl> Place = new("voxeltron.place");

    private const int ReadBytes = 16 * 1024;

    /// <summary>Not handed on to another origin by a redirect (RFC 9110 §15.4, WHATWG Fetch).</summary>
    private static readonly string[] s_secret = ["authorization", "cookie"];

    /// <param name="key">Sent as Idempotency-Key, unless the guest gave its own; every time this request is sent it is the same.</param>
    public static async Task<HttpOutcome> SendAsync(CellNetwork network, CellRequest request, string key, TimeProvider clock, CancellationToken cancel)
    {
        var began = clock.GetTimestamp();
        using var time = new CancellationTokenSource(TimeSpan.FromMilliseconds(request.TimeoutMs), clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancel);
        var way = new Way(request);
        try
        {
            var reply = await FollowAsync(network, way, key, both.Token);
            return new HttpOutcome(reply, null, way.Followed, Us(clock.GetElapsedTime(began)));
        }
        catch (Exception fault)
        {
            var (code, reason) = time.IsCancellationRequested && !cancel.IsCancellationRequested
                ? (RequestCodes.Timeout, $"It was not answered whole within {request.TimeoutMs} ms.")
                : Reading(fault);
            return new HttpOutcome(null, new HttpFailure(code, way.Url.Place, reason), way.Followed, Us(clock.GetElapsedTime(began)));
        }
    }

    private static async Task<HttpReply> FollowAsync(CellNetwork network, Way way, string key, CancellationToken cancel)
    {
        while (true)
        {
            using var message = way.Message(key);
            using var response = await network.Client.SendAsync(message, cancel);
            if (way.Request.Redirects > 0 && Location(response) is { } location)
            {
                way.Follow(location, (int)response.StatusCode, network.Profile.Profile);
                continue;
            }

            var headers = Headers(response);
            var body = await BodyAsync(response, way, cancel);
            return new HttpReply((int)response.StatusCode, headers, body, network.AddressOf(way.Url), way.Followed > 0 ? way.Url.ToString() : null);
        }
    }

    private static string? Location(HttpResponseMessage response) =>
        response.StatusCode is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect
        && response.Headers.NonValidated.TryGetValues("Location", out var values) ? values.ToString() : null;

    private static List<HttpField> Headers(HttpResponseMessage response)
    {
        var fields = new List<HttpField>();
        var bytes = 0;
        foreach (var part in (IEnumerable<KeyValuePair<string, System.Net.Http.Headers.HeaderStringValues>>[])[response.Headers.NonValidated, response.Content.Headers.NonValidated])
        {
            foreach (var (name, values) in part)
            {
                foreach (var value in values)
                {
                    bytes += name.Length + value.Length;
                    // What an auditor's SQL can read: Postgres text holds no U+0000.
                    fields.Add(new HttpField(name.ToLowerInvariant(), value.Replace('\0', '\uFFFD')));
                }
            }
        }

        return bytes <= CellLimits.ReplyHeaderBytes && fields.Count <= CellLimits.ReplyHeaders
            ? fields
            : throw new EgressException(RequestCodes.HeadersTooLarge, $"It has {fields.Count} headers of {bytes} bytes; at most {CellLimits.ReplyHeaders} of {CellLimits.ReplyHeaderBytes} are taken.");
    }

    private static async Task<byte[]> BodyAsync(HttpResponseMessage response, Way way, CancellationToken cancel)
    {
        var most = way.Request.ResponseBytes;
        if (response.Content.Headers.ContentLength > most && way.Method != "HEAD")
        {
            throw TooLarge(most);
        }

        await using var stream = await response.Content.ReadAsStreamAsync(cancel);
        var body = new MemoryStream();
        var buffer = new byte[Math.Min(ReadBytes, most + 1)];
        while (await stream.ReadAsync(buffer, cancel) is var read && read > 0)
        {
            if (body.Length + read > most)
            {
                throw TooLarge(most);
            }

            body.Write(buffer, 0, read);
        }

        return body.ToArray();
    }

    private static EgressException TooLarge(int most) => new(RequestCodes.ResponseTooLarge, $"Its body has more than the {most} bytes the request takes.");

    private static (string Code, string Reason) Reading(Exception fault)
    {
        for (var at = fault; at is not null; at = at.InnerException)
        {
            if (at is EgressException known)
            {
                return (known.FaultCode, known.Message);
            }
        }

        var code = fault switch
        {
            HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => RequestCodes.TlsFailed,
            HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => RequestCodes.HeadersTooLarge,
            HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.VersionNegotiationError } => RequestCodes.ResponseMalformed,
            _ => RequestCodes.ConnectionLost,
        };
        return (code, fault.InnerException?.Message ?? fault.Message);
    }

    private static long Us(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>Where a request stands between its redirects.</summary>
    private sealed class Way(CellRequest request)
    {
        private static readonly UriCreationOptions s_asGiven = new() { DangerousDisablePathAndQueryCanonicalization = true };

        private bool _sendsBody = request.Body.Length > 0 || request.Method is "POST" or "PUT" or "PATCH";
        private bool _isElsewhere;

        public CellRequest Request => request;

        public EgressUrl Url { get; private set; } = request.Url;

        public string Method { get; private set; } = request.Method;

        public int Followed { get; private set; }

        public HttpRequestMessage Message(string key)
        {
            var message = new HttpRequestMessage(new HttpMethod(Method), new Uri(Url.ToString(), s_asGiven))
            {
                Version = HttpVersion.Version11,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = _sendsBody ? new ByteArrayContent(request.Body) : null,
            };
            message.Options.Set(Place, Url);
            message.Headers.Host = Url.Authority;
            if (!request.HasKey)
            {
                message.Headers.TryAddWithoutValidation("Idempotency-Key", key);
            }

            foreach (var (name, value) in request.Headers)
            {
                if ((!_isElsewhere || !s_secret.Contains(name)) && !message.Headers.TryAddWithoutValidation(name, value) && _sendsBody)
                {
                    message.Content!.Headers.TryAddWithoutValidation(name, value);
                }
            }

            return message;
        }

        /// <exception cref="EgressException">It leads nowhere, too far, or where no grant does.</exception>
        public void Follow(string location, int status, EgressProfile profile)
        {
            if (Followed == request.Redirects)
            {
                throw new EgressException(RequestCodes.TooManyRedirects, $"It was redirected more than {request.Redirects} times.");
            }

            if (Resolve(location) is not { } next)
            {
                throw new EgressException(RequestCodes.ResponseMalformed, "It was redirected to what is no address this fabric reads.");
            }

            if (profile.Find(next) is null)
            {
                Url = next;
                throw new EgressException(RequestCodes.RedirectDenied, $"It was redirected to {next.Place}, which no grant of the profile covers.");
            }

            if ((status == 303 && Method != "HEAD") || (status is 301 or 302 && Method == "POST"))
            {
                Method = "GET";
                _sendsBody = false;
            }

            _isElsewhere |= next.Authority != Url.Authority || next.IsTls != Url.IsTls;
            Url = next;
            Followed++;
        }

        /// <summary>RFC 3986 §5.2 as far as http needs it; dots in paths stay as they are.</summary>
        private EgressUrl? Resolve(string location)
        {
            var hash = location.IndexOf('#');
            var text = hash < 0 ? location : location[..hash];
            var (path, scheme) = (Url.Target.Split('?')[0], Url.IsTls ? "https" : "http");
            var whole = text switch
            {
                "" => Url.ToString(),
                _ when text.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("https://", StringComparison.OrdinalIgnoreCase) => text,
                _ when text.StartsWith("//", StringComparison.Ordinal) => $"{scheme}:{text}",
                ['/', ..] => $"{scheme}://{Url.Authority}{text}",
                ['?', ..] => $"{scheme}://{Url.Authority}{path}{text}",
                _ when text.AsSpan().IndexOf(':') is var colon && colon >= 0 && text.AsSpan(0, colon).IndexOfAny('/', '?') < 0 => "",
                _ => $"{scheme}://{Url.Authority}{path[..(path.LastIndexOf('/') + 1)]}{text}",
            };
            return EgressUrl.TryParse(whole, out var next) ? next : null;
        }
    }
}

/// <summary>What came of a request: one of the two.</summary>
/// <param name="Redirects">Followed.</param>
/// <param name="Us">From leaving to the last byte, microseconds.</param>
internal sealed record HttpOutcome(HttpReply? Reply, HttpFailure? Failure, int Redirects, long Us);

/// <param name="Code">One of <see cref="RequestCodes"/> or <see cref="BrokerCodes"/>.</param>
internal sealed record HttpFailure(string Code, string Place, string Reason);
