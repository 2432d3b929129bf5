using System.Diagnostics;
using Npgsql;
using Voxeltron.Hosting;
using Voxeltron.Kernel;

namespace Voxeltron.Benchmarks;

/// <summary>Two workers of the bench's own: one owns the mission, the other stands by. Killed ones are replaced.</summary>
internal sealed class WorkerPair(BenchFabric fabric, IReadOnlyDictionary<string, string> settings) : IAsyncDisposable
{
    private const int Workers = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    /// <summary>How often the head is looked at while nobody owns the mission: asked without a pause, the question took half a core of two from the takeover.</summary>
    private static readonly TimeSpan HeadPoll = TimeSpan.FromMilliseconds(5);

    private readonly List<ChildProcess> _started = [];

    /// <summary>Ends every worker that runs, those the script started too.</summary>
    public static async Task EndAllAsync(BenchFabric fabric, CancellationToken cancel)
    {
        foreach (var process in await LiveAsync(fabric, cancel))
        {
            Kill(process);
        }
    }

    /// <summary>Returns when two workers are live, and have been for a while: a standby is no process that begins to start now.</summary>
    public async Task FillAsync(CancellationToken cancel)
    {
        for (var live = (await LiveAsync(fabric, cancel)).Count; live < Workers; live++)
        {
            var name = $"bench-worker-{_started.Count + 1}";
            var environment = settings.ToDictionary();
            environment["VOXELTRON_INSTANCE"] = name;
            environment[FabricState.Variable] = fabric.State.Paths.Root;
            _started.Add(ChildProcess.Start(Path.Combine(fabric.State.Paths.Log, name + ".log"), environment, null, "dotnet", "exec", Program()));
        }

        using var timer = new PeriodicTimer(Poll);
        for (var begin = Ticks.Now; await WarmAsync(cancel) != Workers; await timer.WaitForNextTickAsync(cancel))
        {
            if (Ticks.Seconds(begin, Ticks.Now) > Patience.TotalSeconds)
            {
                throw new VoxeltronException("bench_no_worker", $"No {Workers} workers were live within {Patience}; see {fabric.State.Paths.Log}.");
            }
        }
    }

    /// <summary>Kills the mission's owner without warning.</summary>
    /// <returns>Milliseconds until the next owner's first entry is durable.</returns>
    public async Task<double> TakeoverMsAsync(MissionId mission, CancellationToken cancel)
    {
        await using var connection = await fabric.Database.OpenAsync(cancel);
        var owner = await OneAsync<int>(connection, "select h.process_id from control.lease l join control.host h using (host_id) where l.tenant_id = $1 and l.stream_id = $2", mission, cancel);
        await using var head = Command(connection, "select epoch from journal.stream_head where tenant_id = $1 and stream_id = $2", mission);
        var epoch = (long)(await head.ExecuteScalarAsync(cancel))!;
        using var dying = Process.GetProcessById(owner);
        using var timer = new PeriodicTimer(HeadPoll);
        var begin = Ticks.Now;
        // Not waited for: what the kernel has to clear away of it takes part of a second, beside the takeover.
        dying.Kill();
        while ((long)(await head.ExecuteScalarAsync(cancel))! == epoch)
        {
            await timer.WaitForNextTickAsync(cancel);
            if (Ticks.Seconds(begin, Ticks.Now) > Patience.TotalSeconds)
            {
                throw new VoxeltronException("bench_no_takeover", $"Nobody took {mission} over within {Patience}.");
            }
        }

        return Ticks.Seconds(begin, Ticks.Now) * 1_000;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _started)
        {
            await process.DisposeAsync();
        }
    }

    private static async Task<IReadOnlyList<int>> LiveAsync(BenchFabric fabric, CancellationToken cancel)
    {
        await using var connection = await fabric.Database.OpenAsync(cancel);
        await using var command = new NpgsqlCommand("select process_id from control.host where state in ('starting', 'live', 'draining')", connection);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var live = new List<int>();
        while (await reader.ReadAsync(cancel))
        {
            // A dead one's row says so only once another worker looked.
            if (Directory.Exists($"/proc/{reader.GetInt32(0)}"))
            {
                live.Add(reader.GetInt32(0));
            }
        }

        return live;
    }

    /// <summary>Live workers whose keys are delegated and that have run for three seconds.</summary>
    private async Task<long> WarmAsync(CancellationToken cancel)
    {
        await using var connection = await fabric.Database.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            "select count(*) from control.host where state = 'live' and time_started < now() - interval '3 seconds' and not exists (select 1 from control.inbox where consumed_seq is null)", connection);
        return (long)(await command.ExecuteScalarAsync(cancel))!;
    }

    private async Task<T> OneAsync<T>(NpgsqlConnection connection, string sql, MissionId mission, CancellationToken cancel)
    {
        await using var command = Command(connection, sql, mission);
        return (T)(await command.ExecuteScalarAsync(cancel) ?? throw new VoxeltronException("bench_no_owner", $"Nobody owns {mission}."));
    }

    private NpgsqlCommand Command(NpgsqlConnection connection, string sql, MissionId mission)
    {
        var command = new NpgsqlCommand(sql, connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = fabric.Tenant.Value });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = mission.Value });
        return command;
    }

    private static void Kill(int process)
    {
        using var worker = Process.GetProcessById(process);
        worker.Kill();
        worker.WaitForExit();
    }

    // The build beside this one.
    private static string Program() => Path.GetFullPath(AppContext.BaseDirectory.Replace(
        Path.Combine("tests", "Benchmarks"), Path.Combine("src", "CellWorker"), StringComparison.Ordinal) + "Voxeltron.CellWorker.dll");
}
