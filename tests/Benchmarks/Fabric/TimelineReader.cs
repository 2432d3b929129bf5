using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Voxeltron.Kernel;

namespace Voxeltron.Benchmarks;

/// <summary>Reads what the workers remember of a mission's tasks, after the measurement.</summary>
internal sealed class TimelineReader(IReadOnlyList<Uri> workers) : IDisposable
{
    private const int Tries = 500;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly HttpClient _http = new();

    /// <summary>
    /// The timelines of <paramref name="count"/> tasks, by item. A worker notes durability just after the database does, so the
    /// last ones may be late; a task that never completes ends the wait after some ten seconds.
    /// </summary>
    public async Task<Dictionary<string, TaskTimeline>> ReadAsync(TenantId tenant, MissionId mission, int count, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(Pause);
        for (var attempt = 1; ; attempt++)
        {
            var found = new Dictionary<string, TaskTimeline>(count, StringComparer.Ordinal);
            foreach (var worker in workers)
            {
                foreach (var task in await ReadAsync(worker, tenant, mission, cancel))
                {
                    if (task.Complete)
                    {
                        found[task.Item] = task;
                    }
                }
            }

            if (found.Count >= count)
            {
                return found;
            }

            if (attempt == Tries)
            {
                throw new VoxeltronException("bench_timeline_short", $"The workers know the times of {found.Count} of {count} tasks of {mission}. Did one restart, or did others run tasks meanwhile?");
            }

            await timer.WaitForNextTickAsync(cancel);
        }
    }

    /// <summary>Action and release times of the worker that did most since its last reset: one mission is one worker's.</summary>
    public async Task<JsonNode> ActionsAsync(bool reset, CancellationToken cancel)
    {
        JsonNode? most = null;
        foreach (var worker in workers)
        {
            var times = await _http.GetFromJsonAsync<JsonNode>(new Uri(worker, reset ? "/actions?reset=true" : "/actions"), cancel);
            if (most is null || Count(times!) > Count(most))
            {
                most = times;
            }
        }

        return most!;

        static long Count(JsonNode times) => times["action_us"]!["n"]!.GetValue<long>();
    }

    public void Dispose() => _http.Dispose();

    private async Task<TaskTimeline[]> ReadAsync(Uri worker, TenantId tenant, MissionId mission, CancellationToken cancel)
    {
        using var response = await _http.GetAsync(new Uri(worker, $"/timeline/{tenant}/{mission}"), cancel);
        return response.StatusCode == HttpStatusCode.OK
            ? await response.Content.ReadFromJsonAsync<TaskTimeline[]>(cancel) ?? []
            : throw new VoxeltronException("bench_timeline_off", $"{worker} keeps no timeline: start the fabric with VOXELTRON_WORKER__TIMELINE=true (scripts/bench does).");
    }
}
