using System.Net;
using System.Text.Json;

namespace Voxeltron.Cli.Fabric;

/// <summary>
/// Asks processes for <c>/ready</c>, once each: "not ready" is an answer here, not something to wait out. Sends no key, as
/// only the API may see it.
/// </summary>
public sealed class ReadinessProbe : IDisposable
{
    /// <summary>A process bounds each of its checks by 3 s.</summary>
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5) };

    /// <summary>Processes of a fabric on this machine: the addresses they left in the state directory while they run.</summary>
    public static IReadOnlyList<(string Name, Uri Address)> Processes(string state)
    {
        var found = new List<(string, Uri)>();
        var run = Path.Combine(state, "run");
        try
        {
            var files = Directory.Exists(run) ? Directory.GetFiles(run, "*.url") : [];
            foreach (var file in files.Order(StringComparer.Ordinal))
            {
                // A file that is not whole yet belongs to a process that is only starting.
                if (Uri.TryCreate(File.ReadAllText(file).Trim().TrimEnd('/') + "/", UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
                {
                    found.Add((Path.GetFileNameWithoutExtension(file), address));
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"{run} cannot be read: {e.Message}. Run as the user that ran scripts/up.", e);
        }

        return found;
    }

    public async Task<Readiness> AskAsync(Uri address, CancellationToken cancel)
    {
        try
        {
            using var response = await _http.GetAsync(new Uri(address, "ready"), cancel);
            if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable))
            {
                return new(false, $"answers {(int)response.StatusCode} to /ready; is this a Voxeltron process?");
            }

            var answer = JsonSerializer.Deserialize(await response.Content.ReadAsByteArrayAsync(cancel), ApiJson.Default.ReadyAnswer);
            var failed = (answer?.Checks ?? new Dictionary<string, string>()).Where(check => check.Value != "ok").Select(check => $"{check.Key}: {check.Value}").ToList();
            return response.StatusCode == HttpStatusCode.OK
                ? new(true, "ready")
                : new(false, "not ready" + (failed.Count == 0 ? "" : $" ({string.Join("; ", failed)})"));
        }
        catch (HttpRequestException)
        {
            return new(false, "does not answer");
        }
        catch (JsonException)
        {
            return new(false, "answers /ready with something else; is this a Voxeltron process?");
        }
        catch (TaskCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new(false, $"does not answer within {_http.Timeout.TotalSeconds} s");
        }
    }

    public void Dispose() => _http.Dispose();
}
