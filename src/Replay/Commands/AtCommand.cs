using System.Globalization;
using System.Text.Json;
using Voxeltron.Cosmictron;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;

namespace Voxeltron.Replay;

/// <summary><c>at SEQ MISSION</c>: tables and tasks as of an entry.</summary>
internal sealed class AtCommand(TextWriter output)
{
    public async Task<int> RunAsync(Arguments options, CancellationToken cancel)
    {
        options.RequireOnly(2, "a seq and a mission id", "--tenant", "--table", "--execute", "--export");
        var (seq, mission, tenant) = (Arguments.ParseSeq(options.Operands[0]), Arguments.ParseMission(options.Operands[1]), options.Tenant());
        await using var source = await LogSource.OpenAsync(options.Export, cancel);

        // Folded in both cases: execution must come to the same, and it names the entry's kind and time.
        var folded = await StateAt.FoldAsync(source.Mission(tenant, mission, cancel), tenant, mission, seq, cancel);
        var tables = Tables(folded, options.Text("--table"));
        if (!options.Has("--execute"))
        {
            await PrintAsync(folded, tables, "recorded", options.Json);
            return 0;
        }

        var (executed, root) = (folded, folded.Root);
        var report = await RunCommand.ExecuteAsync(source, tenant, mission, seq, cell: null, replay => executed = folded with { State = replay.State }, cancel);
        if (report.Divergence is { } divergence)
        {
            await output.WriteLineAsync(options.Json ? JsonSerializer.Serialize(new { divergence = RunCommand.Json(divergence) }) : divergence.ToText());
            return 1;
        }

        if (report.ErasedFrom is { } from)
        {
            throw new VoxeltronException("payload_erased", $"Cannot execute beyond seq {from}: {report.ErasedWhat}. Without --execute the recorded writes are folded instead.");
        }

        if (executed.Root != root)
        {
            throw new InvariantException($"{mission} at seq {seq}: every action came out as recorded, yet the state root is {executed.Root} and not {root}.");
        }

        await PrintAsync(executed, tables, "executed", options.Json);
        return 0;
    }

    private static IReadOnlyList<TableSchema> Tables(StateAt at, string? only)
    {
        if (only is null)
        {
            return at.State.Tables;
        }

        var found = at.State.Tables.Where(table => table.Name == only).ToList();
        return found.Count > 0
            ? found
            : throw new VoxeltronException("table_not_found", $"The mission declares no table '{only}'. It has: {string.Join(", ", at.State.Tables.Select(static table => table.Name))}.");
    }

    private Task PrintAsync(StateAt at, IReadOnlyList<TableSchema> tables, string source, bool json) =>
        json ? PrintJsonAsync(at, tables, source) : PrintTextAsync(at, tables, source);

    private async Task PrintTextAsync(StateAt at, IReadOnlyList<TableSchema> tables, string source)
    {
        await output.WriteLineAsync($"mission     {at.Mission}, {at.State.Machine.Status.Word()}");
        await output.WriteLineAsync($"as of       seq {at.Seq} ({at.Kind}), {Time(at.TimeUs)}");
        await output.WriteLineAsync($"source      {(source == "executed" ? "modules executed again, every action as recorded" : "recorded writes, folded; chain and digests checked, signatures not (verify does)")}");
        await output.WriteLineAsync($"state root  {at.Root} over {at.State.Store.RowCount:N0} rows");
        foreach (var table in tables)
        {
            await output.WriteLineAsync($"table {table.Name}");
            foreach (var row in at.Rows(table))
            {
                await output.WriteLineAsync("  " + row);
            }
        }

        await output.WriteLineAsync("tasks");
        foreach (var task in Tasks(at))
        {
            await output.WriteLineAsync($"  {task.TaskKey,-36} {task.Status,-10} attempt {task.Attempt}  seq {task.LastSeq,-8} {task.OutcomeCode ?? task.WaitingFor}".TrimEnd());
        }
    }

    /// <summary>JSON lines: one about the state, one a row, one a task.</summary>
    private async Task PrintJsonAsync(StateAt at, IReadOnlyList<TableSchema> tables, string source)
    {
        await output.WriteLineAsync(JsonSerializer.Serialize(new
        {
            mission = at.Mission.ToString(),
            seq = at.Seq,
            kind = at.Kind,
            time_us = at.TimeUs,
            source,
            status = at.State.Machine.Status.Word(),
            state_root = at.Root,
            rows = at.State.Store.RowCount,
        }));
        foreach (var table in tables)
        {
            foreach (var row in at.Rows(table))
            {
                await output.WriteLineAsync($$"""{"table":"{{table.Name}}","row":{{row}}}""");
            }
        }

        foreach (var task in Tasks(at))
        {
            await output.WriteLineAsync(JsonSerializer.Serialize(new
            {
                task = task.TaskKey,
                status = task.Status,
                attempt = task.Attempt,
                cell = task.Cell?.ToString(),
                outcome_code = task.OutcomeCode,
                waiting_for = task.WaitingFor,
                last_seq = task.LastSeq,
            }));
        }
    }

    private static IEnumerable<TaskSnapshot> Tasks(StateAt at) => at.State.Machine.Tasks.OrderBy(static task => task.TaskKey, StringComparer.Ordinal);

    internal static string Time(long timeUs) => timeUs is > -62_135_596_800_000_000 and < 253_402_300_800_000_000
        ? UnixTime.ToDateTime(timeUs).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture)
        : $"{timeUs} µs";
}
