using Npgsql;
using Voxeltron.CellWorker;
using Voxeltron.Hosting;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Ultra;

namespace Voxeltron.Benchmarks;

/// <summary>
/// Sealed entries a second: 256 bytes of body and 256 of payload, salted, digested, chained, sealed by the host and made
/// durable by the worker's own committer in this process, over the fabric's own Postgres. No Wasm. This process is a host of
/// its own, delegated like any worker, so the log stays verifiable afterwards.
/// </summary>
internal sealed class LogBench(BenchFabric fabric, BenchOptions options)
{
    private const int EntriesPerTurn = 16;
    private const int PacedEntriesPerTurn = 4;
    private const int HeadlineStreams = 16;

    private static readonly int[] s_variants = [1, 16, 256];
    private static readonly int[] s_rates = [10_000, 50_000];

    private TimeSpan WarmUp => TimeSpan.FromSeconds(options.Quick ? 1 : 5);

    private TimeSpan Time => TimeSpan.FromSeconds(options.Quick ? 2 : 20);

    public async Task<BenchResult> RunAsync(CancellationToken cancel)
    {
        var result = new BenchResult();
        foreach (var streams in s_variants)
        {
            var (sample, cpu) = await MeasureAsync(streams, SaturateAsync, cancel);
            result.Figures[$"streams_{streams}"] = sample.ToJson(cpu);
            if (streams == HeadlineStreams)
            {
                result.Figures.Insert(0, "entries_per_s", Figures.Number(sample.EntriesPerS));
            }

            result.Table.Section($"full speed, {streams} stream{(streams == 1 ? "" : "s")}");
            sample.AddTo(result.Table, cpu);
        }

        foreach (var rate in s_rates)
        {
            long missed = 0;
            var (sample, cpu) = await MeasureAsync(HeadlineStreams, async (load, time) => missed = await load.PaceAsync(time, rate, PacedEntriesPerTurn, cancel), cancel);
            var figures = sample.ToJson(cpu);
            figures["missed_entries"] = missed;
            result.Figures[$"paced_{rate / 1000}k"] = figures;
            result.Table.Section($"{rate:#,0} entries a second offered, {HeadlineStreams} streams");
            sample.AddTo(result.Table, cpu);
            result.Table.Value("entries not offered", $"{missed:#,0} (queues full; warm-up included)");
        }

        result.Settings["body_bytes"] = LogStream.BodyBytes;
        result.Settings["payload_bytes"] = LogStream.PayloadBytes;
        result.Settings["streams"] = HeadlineStreams;
        result.Settings["entries_per_turn"] = EntriesPerTurn;
        result.Settings["warm_up_s"] = WarmUp.TotalSeconds;
        result.Settings["seconds"] = Time.TotalSeconds;
        return result;
    }

    private Task SaturateAsync(LogLoad load, TimeSpan time) =>
        Task.Factory.StartNew(() => load.Saturate(time, EntriesPerTurn, CancellationToken.None), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private async Task<(LogSample Sample, CpuUse Cpu)> MeasureAsync(int streams, Func<LogLoad, TimeSpan, Task> offer, CancellationToken cancel)
    {
        // An identity a load: a host's commits are numbered from one, by one committer.
        var identity = await DelegateAsync(cancel);
        await using var load = new LogLoad(fabric, identity, streams);
        await offer(load, WarmUp);
        var cpu = fabric.CpuUse();
        var from = Ticks.Now;
        await offer(load, Time);
        var to = Ticks.Now;
        cpu = fabric.CpuUse() - cpu;
        var sample = load.Sample(from, to);
        await load.DrainAsync(cancel);
        await ThrowIfLostAsync(load, cancel);
        return (sample, cpu);
    }

    /// <summary>The fabric's worker takes this host's delegation into the log, as it does for any other host.</summary>
    private async Task<HostIdentity> DelegateAsync(CancellationToken cancel)
    {
        using var authority = (IDisposable)fabric.State.Signer(FabricKey.Ca);
        var identity = HostIdentity.Create((ISigner)authority, TimeProvider.System);
        await new WorkerInboxCommands(fabric.Database).EnterAsync(identity.Delegation, cancel);
        await using (var connection = await fabric.Database.OpenAsync(cancel))
        {
            await using var notify = new NpgsqlCommand("select pg_notify($1, '')", connection);
            notify.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Channels.Inbox });
            await notify.ExecuteNonQueryAsync(cancel);
        }

        var inbox = new HostInboxQueries(fabric.Database);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(15));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!await inbox.IsConsumedAsync(identity.Delegation.Tenant, identity.Delegation.Id, patience.Token))
        {
            await timer.WaitForNextTickAsync(patience.Token);
        }

        return identity;
    }

    /// <summary>Every appended entry must stand in the table: a benchmark must not be fast by losing some.</summary>
    private async Task ThrowIfLostAsync(LogLoad load, CancellationToken cancel)
    {
        await using var connection = await fabric.Database.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            "select (select count(*) from journal.entry where tenant_id = $1 and stream_id = any($2)), (select sum(seq)::bigint from journal.stream_head where tenant_id = $1 and stream_id = any($2))",
            connection);
        command.CommandTimeout = 120;
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = fabric.Tenant.Value });
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = load.StreamIds });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        if (reader.GetInt64(0) != load.Appended || reader.GetInt64(1) != load.Appended)
        {
            throw new InvariantException($"Appended {load.Appended} entries, the table holds {reader.GetInt64(0)} and the heads stand at {reader.GetInt64(1)}.");
        }
    }
}
