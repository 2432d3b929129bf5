using System.Text.Json;
using Voxeltron.Cells;
using Voxeltron.Execution;
using Voxeltron.Kernel;

namespace Voxeltron.Replay;

internal sealed class RunCommand(TextWriter output)
{
    public async Task<int> RunAsync(Arguments options, CancellationToken cancel)
    {
        options.RequireOnly(1, "a mission id", "--tenant", "--until", "--cell", "--from-snapshot", "--export");
        var mission = Arguments.ParseMission(options.Operands[0]);
        var (tenant, until, cell) = (options.Tenant(), options.Seq("--until"), options.Cell("--cell"));
        await using var source = await LogSource.OpenAsync(options.Export, cancel);
        var from = options.Has("--from-snapshot") ? await source.SnapshotAsync(tenant, mission, until ?? long.MaxValue, cancel) : null;
        var report = await ExecuteAsync(source, tenant, mission, until, cell, static _ => { }, cancel, from);
        await (options.Json ? PrintJsonAsync(mission, report) : PrintAsync(mission, report));
        return report.Clean ? 0 : 1;
    }

    /// <summary>Executes a mission again, or a part of it.</summary>
    /// <param name="from">The snapshot to begin from; null for the first entry.</param>
    /// <param name="look">Called with the finished replay when nothing diverged, while its state still stands.</param>
    public static async Task<ReplayReport> ExecuteAsync(
        LogSource source, TenantId tenant, MissionId mission, long? until, CellId? cell, Action<MissionReplay> look, CancellationToken cancel, SnapshotReader? from = null)
    {
        // As many cells as the worker had, however many: and fuel bounds the work, so the watchdog is only for a hung machine.
        using var engine = new CellEngine(new CellEngineOptions { MaxCells = CellEngine.MostCells, WatchdogLimit = TimeSpan.FromMinutes(5) });
        using var modules = new ModuleLibrary(engine);
        await modules.LoadAsync(source.Reader.Entries(tenant, StreamId.System(tenant), cancel), cancel);
        using var replay = new MissionReplay(engine, modules, tenant, mission, TimeProvider.System) { Until = until, OnlyCell = cell };
        if (from is not null)
        {
            await replay.BeginFromAsync(from, (seq, stop) => source.EntryAsync(tenant, mission, seq, stop), cancel);
        }

        var entries = from is null ? source.Mission(tenant, mission, cancel) : source.Mission(tenant, mission, from.At.Seq, cancel);
        var report = await replay.RunAsync(entries, cancel);
        if (report.Clean)
        {
            look(replay);
        }

        return report;
    }

    private async Task PrintAsync(MissionId mission, ReplayReport report)
    {
        var perSecond = report.Elapsed > TimeSpan.Zero ? (report.Boots + report.Actions) / report.Elapsed.TotalSeconds : 0;
        await output.WriteLineAsync($"mission        {mission}");
        if (report.Until is { } until)
        {
            await output.WriteLineAsync($"until          {until,10:N0}, nothing after it was looked at");
        }

        if (report.Start is { } start)
        {
            await output.WriteLineAsync($"from           {start,10:N0}, a snapshot; of older cells {report.Applied:N0} entries were not executed, their recorded writes were applied");
        }

        if (report.Cell is { } cell)
        {
            await output.WriteLineAsync($"cell           {cell}; of other cells {report.Applied:N0} entries were not executed, their recorded writes were applied");
        }

        await output.WriteLineAsync($"entries        {report.Entries,10:N0}, {report.ChainValues:N0} chain values recomputed and equal");
        await output.WriteLineAsync($"re-executed    {report.Boots + report.Actions,10:N0} deliveries ({report.Boots:N0} boots, {report.Actions:N0} tasks), {report.Aborts:N0} aborts");
        await output.WriteLineAsync($"writes         {report.Writes,10:N0} equal, fuel {(report.FuelCompared ? $"{report.Fuel:N0} equal" : "not compared: the log was written by another engine")}");
        if (report.Snapshots > 0)
        {
            await output.WriteLineAsync($"snapshots      {report.Snapshots,10:N0}, their roots computed again and equal");
        }

        if (report.NotRepeatable > 0)
        {
            await output.WriteLineAsync($"not repeatable {report.NotRepeatable,10:N0} aborts by the host's clock or capacity, or by another engine's count of fuel (they left no write)");
        }

        if (report.Erased > 0)
        {
            await output.WriteLineAsync($"erased         {report.Erased,10:N0} payloads are gone: reported, not compared");
        }

        await output.WriteLineAsync($"time           {report.Elapsed.TotalSeconds,10:N2} s, {perSecond:N0} deliveries a second");
        await output.WriteLineAsync(report.Verdict());
    }

    private async Task PrintJsonAsync(MissionId mission, ReplayReport report) => await output.WriteLineAsync(JsonSerializer.Serialize(new
    {
        clean = report.Clean,
        mission = mission.ToString(),
        start = report.Start,
        until = report.Until,
        cell = report.Cell?.ToString(),
        entries = report.Entries,
        chain_values = report.ChainValues,
        snapshots = report.Snapshots,
        boots = report.Boots,
        actions = report.Actions,
        aborts = report.Aborts,
        not_repeatable = report.NotRepeatable,
        applied = report.Applied,
        writes = report.Writes,
        fuel = report.Fuel,
        fuel_compared = report.FuelCompared,
        erased = report.Erased,
        erased_from = report.ErasedFrom,
        elapsed_ms = (long)report.Elapsed.TotalMilliseconds,
        divergence = Json(report.Divergence),
    }));

    internal static object? Json(Divergence? divergence) => divergence is null
        ? null
        : new
        {
            seq = divergence.Seq,
            kind = divergence.Kind,
            task = divergence.Task,
            cell = divergence.Cell,
            field = divergence.Field,
            recorded = divergence.Recorded,
            replayed = divergence.Replayed,
            differences = divergence.Differences.Select(static d => new
            {
                path = d.Path,
                table = d.Row?.Table,
                key = d.Row?.Key,
                column = d.Row?.Column,
                recorded = d.Recorded,
                replayed = d.Replayed,
            }),
        };
}
