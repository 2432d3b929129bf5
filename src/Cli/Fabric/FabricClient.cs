using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Voxeltron.Cli.Fabric;

/// <summary>
/// The API over HTTP and nothing else. Every write it sends may be repeated (digest, Idempotency-Key or item key), so a
/// lost answer or a busy server costs a retry, never a second effect.
/// </summary>
public sealed partial class FabricClient : IDisposable
{
    /// <summary>Tries of one request, the first included.</summary>
    private const int Attempts = 6;

    private static readonly TimeSpan FirstBackoff = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http;

    public FabricClient(FabricAddress address)
        : this(address, new SocketsHttpHandler { MaxConnectionsPerServer = 32 })
    {
    }

    /// <param name="transport">What carries the requests; disposed with this client.</param>
    public FabricClient(FabricAddress address, HttpMessageHandler transport)
    {
        Address = address;
        _http = new HttpClient(transport) { BaseAddress = address.Api, Timeout = TimeSpan.FromSeconds(100) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", address.Key);
    }

    public FabricAddress Address { get; }

    public async Task<ModuleAnswer> RegisterModuleAsync(string name, byte[] wasm, CancellationToken cancel)
    {
        var path = $"v1/modules?name={Uri.EscapeDataString(name)}";
        return await SendAsync(() => Bytes(HttpMethod.Post, path, wasm, "application/wasm"), ApiJson.Default.ModuleAnswer, $"Registering module {name}", cancel);
    }

    public async Task<MissionAnswer> OpenMissionAsync(byte[] spec, string idempotencyKey, CancellationToken cancel) => await SendAsync(
        () =>
        {
            var request = Bytes(HttpMethod.Post, "v1/missions", spec, "application/json");
            request.Headers.Add("Idempotency-Key", idempotencyKey);
            return request;
        },
        ApiJson.Default.MissionAnswer,
        "Opening the mission",
        cancel);

    /// <summary>Submits one item byte for byte.</summary>
    public async Task SubmitAsync(string mission, string input, string item, byte[] bytes, CancellationToken cancel)
    {
        var path = $"v1/missions/{mission}/tasks?input={Uri.EscapeDataString(input)}&item={Uri.EscapeDataString(item)}";
        using var response = await RetryAsync(() => Bytes(HttpMethod.Post, path, bytes, "application/octet-stream"), $"Submitting {item}", cancel);
    }

    public async Task CloseInputAsync(string mission, string input, CancellationToken cancel)
    {
        var path = $"v1/missions/{mission}/inputs/{input}:close";
        using var response = await RetryAsync(() => new HttpRequestMessage(HttpMethod.Post, path), $"Closing input {input}", cancel);
    }

    /// <param name="cell">Null when the cell is named by its task.</param>
    public async Task<FaultAnswer> InjectAsync(string mission, string fault, string? cell, string? task, string idempotencyKey, CancellationToken cancel)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new FaultRequest(fault, cell, task), ApiJson.Default.FaultRequest);
        return await SendAsync(
            () =>
            {
                var request = Bytes(HttpMethod.Post, $"v1/missions/{mission}/faults", body, "application/json");
                request.Headers.Add("Idempotency-Key", idempotencyKey);
                return request;
            },
            ApiJson.Default.FaultAnswer,
            $"Injecting {fault}",
            cancel);
    }

    /// <param name="body">JSON; null where the act has none.</param>
    public async Task<ControlAnswer> ActAsync(string mission, string act, byte[]? body, string idempotencyKey, CancellationToken cancel) => await SendAsync(
        () =>
        {
            var request = body is null
                ? new HttpRequestMessage(HttpMethod.Post, $"v1/missions/{mission}:{act}")
                : Bytes(HttpMethod.Post, $"v1/missions/{mission}:{act}", body, "application/json");
            request.Headers.Add("Idempotency-Key", idempotencyKey);
            return request;
        },
        ApiJson.Default.ControlAnswer,
        $"{char.ToUpperInvariant(act[0])}{act[1..]} of {mission}",
        cancel);

    /// <summary>Bytes of a completed task's result.</summary>
    public async Task<byte[]> ResultAsync(string mission, string taskKey, CancellationToken cancel)
    {
        using var response = await RetryAsync(() => new HttpRequestMessage(HttpMethod.Get, $"v1/missions/{mission}/results/{taskKey}"), $"Reading the result of {taskKey}", cancel);
        return await response.Content.ReadAsByteArrayAsync(cancel);
    }

    public Task<MissionAnswer> MissionAsync(string mission, CancellationToken cancel) =>
        GetAsync($"v1/missions/{mission}", ApiJson.Default.MissionAnswer, $"Reading {mission}", cancel);

    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, string what, CancellationToken cancel) =>
        await SendAsync(() => new HttpRequestMessage(HttpMethod.Get, path), type, what, cancel);

    /// <summary>A JSON document to where repeating it does no harm; the key makes all tries one request.</summary>
    public async Task<T> PostAsync<T>(string path, byte[] body, JsonTypeInfo<T> type, string what, CancellationToken cancel)
    {
        var key = Guid.NewGuid().ToString("N");
        return await SendAsync(
            () =>
            {
                var request = Bytes(HttpMethod.Post, path, body, "application/json");
                request.Headers.Add("Idempotency-Key", key);
                return request;
            },
            type,
            what,
            cancel);
    }

    /// <summary>Every task of a mission, in key order.</summary>
    public async IAsyncEnumerable<TaskAnswer> TasksAsync(string mission, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        for (string? after = null; ;)
        {
            var path = $"v1/missions/{mission}/tasks?limit=1000" + (after is null ? "" : $"&after={Uri.EscapeDataString(after)}");
            var page = await GetAsync(path, ApiJson.Default.TaskPage, "Reading tasks", cancel);
            foreach (var task in page.Tasks)
            {
                yield return task;
            }

            if ((after = page.NextAfter) is null)
            {
                yield break;
            }
        }
    }

    /// <summary>Opens the event stream after a seq; the caller disposes the response.</summary>
    public async Task<HttpResponseMessage> OpenEventsAsync(string mission, long afterSeq, CancellationToken cancel)
    {
        return await RetryAsync(
            () =>
            {
                var request = new HttpRequestMessage(HttpMethod.Get, $"v1/missions/{mission}/events?after={afterSeq}");
                request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
                return request;
            },
            "Following events",
            cancel);
    }

    /// <summary>Copies an answer's bytes as they come. A connection that breaks on the way is not tried again: the file begins anew.</summary>
    public async Task DownloadAsync(string path, Stream target, string what, CancellationToken cancel)
    {
        using var response = await RetryAsync(() => new HttpRequestMessage(HttpMethod.Get, path), what, cancel);
        try
        {
            await response.Content.CopyToAsync(target, cancel);
        }
        catch (Exception broken) when (broken is HttpRequestException or HttpIOException)
        {
            throw new CliException($"{what}: the connection to {_http.BaseAddress} broke on the way. Try again; the Api's log tells if it cut it off.", broken);
        }
    }

    public void Dispose() => _http.Dispose();

    private static HttpRequestMessage Bytes(HttpMethod method, string path, byte[] body, string type)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return new HttpRequestMessage(method, path) { Content = content };
    }

    private async Task<T> SendAsync<T>(Func<HttpRequestMessage> make, JsonTypeInfo<T> type, string what, CancellationToken cancel)
    {
        using var response = await RetryAsync(make, what, cancel);
        var body = await response.Content.ReadAsByteArrayAsync(cancel);
        try
        {
            return JsonSerializer.Deserialize(body, type) ?? throw new CliException($"{what}: the API answered null.");
        }
        catch (JsonException e)
        {
            throw new CliException($"{what}: {_http.BaseAddress} did not answer as a Voxeltron API does: {e.Message}", e);
        }
    }

    // Busy (429), database away (503) and a broken connection pass; anything else is an answer.
    private async Task<HttpResponseMessage> RetryAsync(Func<HttpRequestMessage> make, string what, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            var wait = TimeSpan.FromTicks(Math.Min(FirstBackoff.Ticks << (attempt - 1), LongestBackoff.Ticks));
            try
            {
                using var request = make();
                var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
                if (response.IsSuccessStatusCode)
                {
                    return response;
                }

                using (response)
                {
                    var passes = response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable;
                    if (!passes || attempt == Attempts)
                    {
                        throw await ProblemAsync(response, what, cancel);
                    }

                    wait = response.Headers.RetryAfter?.Delta is { } asked && asked < LongestBackoff ? asked : wait;
                }
            }
            catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConnectionError && attempt >= 3)
            {
                throw new CliException($"{what}: nothing answers at {_http.BaseAddress}. Start the fabric with scripts/up (scripts/status tells what runs).", e);
            }
            catch (HttpRequestException e) when (attempt == Attempts)
            {
                throw new CliException($"{what}: the connection to {_http.BaseAddress} broke: {e.Message}", e);
            }
            catch (HttpRequestException)
            {
                // Retried below: the request may be repeated.
            }
            catch (TaskCanceledException e) when (!cancel.IsCancellationRequested)
            {
                throw new CliException($"{what}: no answer from {_http.BaseAddress} within {_http.Timeout.TotalSeconds} s.", e);
            }

            await Task.Delay(wait, cancel); // back off between tries
        }
    }

    private static async Task<Exception> ProblemAsync(HttpResponseMessage response, string what, CancellationToken cancel)
    {
        var body = await response.Content.ReadAsByteArrayAsync(cancel);
        try
        {
            var problem = JsonSerializer.Deserialize(body, ApiJson.Default.ProblemAnswer);
            return problem?.Type is null
                ? new CliException($"{what}: {(int)response.StatusCode} {response.ReasonPhrase} from {response.RequestMessage?.RequestUri}")
                : new ApiException(response.StatusCode, problem, what);
        }
        catch (JsonException)
        {
            return new CliException($"{what}: {(int)response.StatusCode} {response.ReasonPhrase} from {response.RequestMessage?.RequestUri}; is this a Voxeltron API?");
        }
    }
}
