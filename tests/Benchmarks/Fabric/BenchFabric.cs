using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Npgsql;
using Voxeltron.Hosting;
using Voxeltron.Kernel;
using Voxeltron.Postgres;

namespace Voxeltron.Benchmarks;

/// <summary>
/// The running fabric under measurement: real Api, real workers, real Postgres, reached as an operator would reach them.
/// Only timelines come by a side door, each worker's own <c>/timeline</c>.
/// </summary>
internal sealed class BenchFabric : IAsyncDisposable
{
    private const int Connections = 256;
    private static readonly TimeSpan CompletionPoll = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan CompletionPatience = TimeSpan.FromSeconds(60);

    private static readonly string[] s_durability = ["fsync", "synchronous_commit", "full_page_writes", "wal_compression", "shared_buffers", "max_wal_size"];

    private readonly Dictionary<string, string> _settings = [];
    private int _postmaster;

    private BenchFabric(FabricState state, IReadOnlyList<Uri> workers)
    {
        State = state;
        Workers = workers;
        Database = new FabricDataSource(state.ConnectionString(FabricRole.Worker), "voxeltron-bench");
        Http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Connections, UseProxy = false, UseCookies = false }) { BaseAddress = state.Config.ApiUrl };
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", state.ApiKey());
        Timelines = new TimelineReader(workers);
    }

    public FabricState State { get; }

    public HttpClient Http { get; }

    public FabricDataSource Database { get; }

    public TimelineReader Timelines { get; }

    public TenantId Tenant { get; private set; }

    public string PostgresVersion { get; private set; } = "unknown";

    public int WorkerCount => Workers.Count;

    private IReadOnlyList<Uri> Workers { get; }

    public static async Task<BenchFabric> OpenAsync(CancellationToken cancel)
    {
        var state = FabricState.OpenFromEnvironment();
        var workers = Directory.Exists(state.Paths.Run)
            ? Directory.GetFiles(state.Paths.Run, "worker*.url").Order(StringComparer.Ordinal).Select(static file => new Uri(File.ReadAllText(file).Trim())).ToList()
            : [];
        if (workers.Count == 0)
        {
            throw new VoxeltronException("no_worker", $"No worker of {state.Paths.Root} runs: start the fabric with scripts/bench, or with VOXELTRON_WORKER__TIMELINE=true scripts/up.");
        }

        var fabric = new BenchFabric(state, workers);
        var caller = await fabric.Http.GetJsonAsync("/v1/whoami", cancel);
        fabric.Tenant = new TenantId(caller["tenant"]!.GetValue<string>());
        await fabric.ReadServerAsync(cancel);
        return fabric;
    }

    /// <summary>The server's settings that decide what "durable" costs.</summary>
    public JsonObject PostgresSettings() => new(_settings.Select(static pair => KeyValuePair.Create<string, JsonNode?>(pair.Key, pair.Value)));

    /// <summary>CPU time of each part so far.</summary>
    public CpuUse CpuUse() => new(
        ProcessMs("api"),
        Directory.GetFiles(State.Paths.Run, "worker*.pid").Sum(static file => ProcessMs(file, 0)),
        _postmaster == 0 ? 0 : ProcessCpu.TreeMs(_postmaster),
        ProcessCpu.Ms(Environment.ProcessId));

    /// <summary>Of all workers together; mappings of the one that has most.</summary>
    /// <summary>Resident memory of all workers: two reads of a line each, for whoever looks often.</summary>
    public long WorkerResidentKib() => Directory.GetFiles(State.Paths.Run, "worker*.pid")
        .Sum(static file => ProcessMemory.ResidentOf(int.Parse(File.ReadAllText(file).Split(' ')[0].Trim())));

    public ProcessMemory WorkerMemory() => Directory.GetFiles(State.Paths.Run, "worker*.pid")
        .Select(static file => ProcessMemory.Of(int.Parse(File.ReadAllText(file).Split(' ')[0].Trim()))).Aggregate(default(ProcessMemory), static (a, b) => a + b);

    /// <summary>
    /// Does something that completes a task in each of the missions, and waits for that. What is asked every few milliseconds
    /// looks at the few commits since: asking for each mission took a tenth of the database's time, asking the Api far more.
    /// </summary>
    public async Task CompleteAsync(IReadOnlyList<MissionId> missions, Func<Task> work, CancellationToken cancel)
    {
        await using var connection = await Database.OpenAsync(cancel);
        await using var last = new NpgsqlCommand("select coalesce(max(number), 0) from journal.commit", connection);
        await using var streams = new NpgsqlCommand("select coalesce(sum(stream_count), 0)::bigint from journal.commit where number > $1", connection);
        await using var completed = new NpgsqlCommand("select count(*) from control.mission where tenant_id = $1 and mission_id = any($2) and tasks_completed > 0", connection);
        streams.Parameters.Add(new NpgsqlParameter<long> { TypedValue = (long)(await last.ExecuteScalarAsync(cancel))! });
        completed.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Tenant.Value });
        completed.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. missions.Select(static m => m.Value)] });

        await work();
        using var timer = new PeriodicTimer(CompletionPoll);
        for (var begin = Ticks.Now;
            (long)(await streams.ExecuteScalarAsync(cancel))! < missions.Count || (long)(await completed.ExecuteScalarAsync(cancel))! < missions.Count;
            await timer.WaitForNextTickAsync(cancel))
        {
            if (Ticks.Seconds(begin, Ticks.Now) > CompletionPatience.TotalSeconds)
            {
                throw new VoxeltronException("bench_tasks_lost", $"Not each of {missions.Count} missions completed its task within {CompletionPatience}.");
            }
        }
    }

    /// <summary>The seq of the mission's last durable entry.</summary>
    public async Task<long> HeadSeqAsync(MissionId mission, CancellationToken cancel)
    {
        await using var connection = await Database.OpenAsync(cancel);
        await using var command = new NpgsqlCommand("select seq from journal.stream_head where tenant_id = $1 and stream_id = $2", connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Tenant.Value });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = mission.Value });
        return (long)(await command.ExecuteScalarAsync(cancel))!;
    }

    /// <summary>Until each of so many cells has its health record: a host tells a thousand a second.</summary>
    public async Task WaitHealthAsync(int cells, CancellationToken cancel)
    {
        await using var connection = await Database.OpenAsync(cancel);
        await using var command = new NpgsqlCommand("select count(*) from control.cell_health where tenant_id = $1", connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Tenant.Value });
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        for (var begin = Ticks.Now; ; await timer.WaitForNextTickAsync(cancel))
        {
            var told = (long)(await command.ExecuteScalarAsync(cancel))!;
            if (told >= cells)
            {
                return;
            }

            if (Ticks.Seconds(begin, Ticks.Now) > 300)
            {
                throw new VoxeltronException("bench_health_untold", $"Of {cells} cells {told} have a health record.");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        Timelines.Dispose();
        await Database.DisposeAsync();
    }

    private async Task ReadServerAsync(CancellationToken cancel)
    {
        await using var connection = await Database.OpenAsync(cancel);
        await using var command = new NpgsqlCommand("select name, setting, pg_backend_pid() from pg_settings where name = any($1) or name = 'server_version'", connection);
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = s_durability });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            _settings[reader.GetString(0)] = reader.GetString(1);
            _postmaster = IsLocal ? ProcessCpu.Parent(reader.GetInt32(2)) : 0;
        }

        PostgresVersion = _settings.GetValueOrDefault("server_version", "unknown");
        _settings.Remove("server_version");
    }

    // Elsewhere the server's process numbers mean nothing here.
    private bool IsLocal => State.Config.Postgres.IsUnixSocket || State.Config.Postgres.Host is "127.0.0.1" or "localhost" or "::1";

    private double ProcessMs(string name) => ProcessMs(Path.Combine(State.Paths.Run, name + ".pid"), 0);

    private static double ProcessMs(string pidFile, double fallback) =>
        File.Exists(pidFile) && int.TryParse(File.ReadAllText(pidFile).Split(' ')[0].Trim(), out var process) ? ProcessCpu.Ms(process) : fallback;
}
