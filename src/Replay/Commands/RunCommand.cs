using System.Text.Json;
using Voxeltron.Cells;
using Voxeltron.Hosting;
using Voxeltron.Kernel;
using Voxeltron.Postgres;

namespace Voxeltron.Replay;

internal sealed class RunCommand(TextWriter output)
{
    public async Task<int> RunAsync(Arguments options, CancellationToken cancel)
    {
        if (!MissionId.TryParse(options.Operand, out var mission))
        {
            throw new VoxeltronException("usage", $"'{options.Operand}' is no mission id: it looks like mission_ and 32 hex digits.");
        }

        if (!TenantId.IsValid(options.Tenant))
        {
            throw new VoxeltronException("usage", $"'{options.Tenant}' is no tenant name.");
        }

        var tenant = new TenantId(options.Tenant);
        var state = FabricState.OpenFromEnvironment();
        await using var database = new FabricDataSource(state.ConnectionString(FabricRole.Auditor), "voxeltron-replay");
        await using var reader = await LogReader.OpenAsync(database, cancel);
        using var engine = new CellEngine(new CellEngineOptions());
        using var modules = new ModuleLibrary(engine);
        await modules.LoadAsync(reader.Entries(tenant, StreamId.System(tenant), cancel), cancel);
        using var replay = new MissionReplay(engine, modules, tenant, mission, TimeProvider.System);
        var report = await replay.RunAsync(reader.Entries(tenant, StreamId.Of(mission), cancel), cancel);
        await (options.Json ? PrintJsonAsync(mission, report) : PrintAsync(mission, report));
        return report.Clean ? 0 : 1;
    }

    private async Task PrintAsync(MissionId mission, ReplayReport report)
    {
        var perSecond = report.Elapsed > TimeSpan.Zero ? (report.Boots + report.Actions) / report.Elapsed.TotalSeconds : 0;
        await output.WriteLineAsync($"mission        {mission}");
        await output.WriteLineAsync($"entries        {report.Entries,10:N0}, {report.ChainValues:N0} chain values recomputed and equal");
        await output.WriteLineAsync($"re-executed    {report.Boots + report.Actions,10:N0} deliveries ({report.Boots:N0} boots, {report.Actions:N0} tasks), {report.Aborts:N0} aborts");
        await output.WriteLineAsync($"writes         {report.Writes,10:N0} equal, fuel {(report.FuelCompared ? $"{report.Fuel:N0} equal" : "not compared: the log was written by another engine")}");
        if (report.NotRepeatable > 0)
        {
            await output.WriteLineAsync($"not repeatable {report.NotRepeatable,10:N0} aborts by the host's clock or capacity (they left no write)");
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
        entries = report.Entries,
        chain_values = report.ChainValues,
        boots = report.Boots,
        actions = report.Actions,
        aborts = report.Aborts,
        not_repeatable = report.NotRepeatable,
        writes = report.Writes,
        fuel = report.Fuel,
        fuel_compared = report.FuelCompared,
        erased = report.Erased,
        erased_from = report.ErasedFrom,
        elapsed_ms = (long)report.Elapsed.TotalMilliseconds,
        divergence = report.Divergence is { } d ? new { seq = d.Seq, kind = d.Kind, field = d.Field, recorded = d.Recorded, replayed = d.Replayed } : null,
    }));
}
