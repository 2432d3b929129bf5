using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Voxeltron.Cli.Fabric;

namespace Voxeltron.Cli.Demo;

/// <summary>Sends one set of files through the sample mission and waits for its end. It is a client like any other.</summary>
/// <param name="patience">How long a mission may write no entry before it counts as ownerless; a takeover takes seconds.</param>
public sealed class DemoRun(FabricClient client, string sampleDirectory, TimeSpan patience, TextWriter output, bool terminal)
{
    private const string Requests = "requests";
    private const int Senders = 8;

    /// <summary>Re-posts of a module that no worker has answered for; the API waits ten seconds each time.</summary>
    private const int RegistrationTries = 6;

    private readonly ConcurrentDictionary<string, string> _refusedAtEdge = new(StringComparer.Ordinal);

    public EventTally Tally { get; } = new();

    public IReadOnlyDictionary<string, string> RefusedAtEdge => _refusedAtEdge;

    public string MissionId { get; private set; } = "";

    public string EndStatus { get; private set; } = "";

    public TimeSpan Elapsed { get; private set; }

    public async Task RunAsync(DemoInput input, CancellationToken cancel)
    {
        var template = MissionTemplate.Read(Path.Combine(sampleDirectory, "mission.json"));
        var digests = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var module in template.Modules)
        {
            digests[module] = await RegisterAsync(module, cancel);
        }

        output.WriteLine($"Modules: {digests.Count} registered ({string.Join(", ", digests.Keys)})");
        var clock = Stopwatch.StartNew();
        var mission = await client.OpenMissionAsync(template.WithDigests(digests), $"demo-{Guid.NewGuid():N}", cancel);
        MissionId = mission.MissionId;
        output.WriteLine($"Mission: {MissionId}");
        if (mission.Status == "refused")
        {
            throw new CliException($"The worker refused the mission: {mission.Code} {mission.Reason}");
        }

        using var failure = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var following = FollowAsync(input.Items.Count, failure.Token);
        try
        {
            await SubmitAllAsync(input, cancel);
        }
        catch
        {
            await failure.CancelAsync();
            await following.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            throw;
        }

        await following;
        Elapsed = clock.Elapsed;
    }

    private async Task<string> RegisterAsync(string module, CancellationToken cancel)
    {
        var path = Path.Combine(sampleDirectory, module + ".wasm");
        if (!File.Exists(path))
        {
            throw new CliException($"{path} is missing; scripts/guests builds it.");
        }

        var wasm = await File.ReadAllBytesAsync(path, cancel);
        var digest = Convert.ToHexStringLower(SHA256.HashData(wasm));
        for (var attempt = 1; ; attempt++)
        {
            var answer = await client.RegisterModuleAsync(module, wasm, cancel);
            if (answer.Status == "refused")
            {
                throw new CliException($"The worker refused module {module}: {answer.ReasonCode} {answer.Reason}");
            }

            if (answer.ModuleDigest != digest)
            {
                throw new CliException($"The API names module {module} by {answer.ModuleDigest}; its bytes have digest {digest}.");
            }

            if (answer.Status == "registered")
            {
                return digest;
            }

            if (attempt == RegistrationTries)
            {
                throw new CliException($"No worker took up module {module}. See whether one runs: scripts/status; start one: scripts/up");
            }
        }
    }

    private async Task SubmitAllAsync(DemoInput input, CancellationToken cancel)
    {
        var reference = await File.ReadAllBytesAsync(Path.Combine(sampleDirectory, "coverage.csv"), cancel);
        await client.SubmitAsync(MissionId, "reference", "coverage", reference, cancel);
        var options = new ParallelOptions { MaxDegreeOfParallelism = Senders, CancellationToken = cancel };
        await Parallel.ForEachAsync(input.Items, options, async (item, token) =>
        {
            try
            {
                await client.SubmitAsync(MissionId, Requests, item.Key, item.Bytes, token);
            }
            catch (ApiException e) when (e.Status is HttpStatusCode.RequestEntityTooLarge || e.Problem.Code == "body_empty")
            {
                // Named by the edge before a cell could: as final as a cell's refusal.
                _refusedAtEdge[item.Key] = e.Problem.Code;
            }
        });
        await client.CloseInputAsync(MissionId, Requests, cancel);
    }

    private async Task FollowAsync(int total, CancellationToken cancel)
    {
        var progress = new ProgressDisplay(output, terminal, total);
        var follower = new EventFollower(client, MissionId);
        progress.Show(0, 0);
        using var quiet = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        quiet.CancelAfter(patience);
        try
        {
            await foreach (var entry in follower.FollowAsync(0, quiet.Token))
            {
                quiet.CancelAfter(patience);
                Tally.Add(entry);
                progress.Show(Tally.Settled + _refusedAtEdge.Count, Tally.Aborts);
            }
        }
        catch (OperationCanceledException) when (quiet.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            progress.End();
            throw new CliException(QuietText(total));
        }

        progress.End();
        EndStatus = follower.EndStatus ?? "unknown";
    }

    private string QuietText(int total)
    {
        var log = client.Address.StateDirectory is { } state ? Path.Combine(state, "log", "worker-1.log") : "log/worker-1.log of its state directory";
        return $"""
            The mission wrote no entry for {patience.TotalSeconds:0} s, with {Tally.Settled + _refusedAtEdge.Count} of {total} requests settled: no worker seems to own it.
              See whether one runs: scripts/status; what it says: {log}; start one: scripts/up
              What was submitted is durable and goes on as soon as one runs; follow it with: voxeltron events {MissionId}
            """;
    }

    /// <summary>The tenant of the key in use.</summary>
    public async Task<string> TenantAsync(CancellationToken cancel)
    {
        var who = await client.GetAsync("v1/whoami", ApiJson.Default.JsonElement, "Asking who this key is", cancel);
        return who.TryGetProperty("tenant", out var tenant) && tenant.ValueKind == JsonValueKind.String ? tenant.GetString()! : "";
    }
}
