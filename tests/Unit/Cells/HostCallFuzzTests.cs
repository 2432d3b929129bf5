using System.Buffers.Binary;
using Voxeltron.Cells;
using Voxeltron.Cosmictron;
using Voxeltron.Kernel;
using Xunit;
using Xunit.Abstractions;
using static Voxeltron.Tests.Unit.Cells.CellFixture;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>
/// Random pointers, lengths and numbers to every import there is, in every event: whatever they are, the guest gets a status or is stopped
/// by name, its neighbour is untouched, and the same again gives the same answers, fuel and writes.
/// </summary>
public sealed class HostCallFuzzTests(CellFixture cells, ITestOutputHelper output) : IClassFixture<CellFixture>
{
    /// <summary>Calls are dear beside their fuel here: a scan of a few rows and a row's price are met often, the end of it now and then.</summary>
    private static readonly CellProfile s_profile = Profile with { FuelPerAction = 400_000, FuelSlice = 400_000 };

    /// <summary>Never succeed: for a later issue, for files and sockets a cell does not have, or without an answer.</summary>
    private static readonly HashSet<string> s_refusing =
    [
        "gate_begin", "task_spawn", "proc_exit",
        .. WasiImports.All.Select(static import => import.Name).Where(static name => name.StartsWith("path_", StringComparison.Ordinal) || name.StartsWith("sock_", StringComparison.Ordinal)),
        "fd_advise", "fd_allocate", "fd_datasync", "fd_fdstat_set_flags", "fd_fdstat_set_rights", "fd_filestat_get", "fd_filestat_set_size", "fd_filestat_set_times", "fd_pread", "fd_prestat_dir_name",
        "fd_prestat_get", "fd_pwrite", "fd_readdir", "fd_renumber", "fd_seek", "fd_sync", "fd_tell", "poll_oneoff", "proc_raise",
    ];

    [Fact]
    public void No_argument_to_any_import_harms_the_host_or_is_answered_twice_differently()
    {
        using var run = new FuzzRun("calls", output);
        using var cell = CellFixture.Compile(cells.Engine, HostCaller.Cell());
        using var program = CellFixture.Compile(cells.Engine, HostCaller.Program());
        using var neighbour = cells.Boot("misbehave");
        var counted = 0;
        run.Iterate((iteration, random) =>
        {
            var isProgram = random.Next(3) == 0;
            var imports = isProgram ? HostCaller.ProgramImports : HostCaller.CellImports;
            var records = new HostCallRecords(random, imports);
            byte[][] given = [.. Enumerable.Range(0, isProgram ? 1 : 6).Select(_ => records.Next())];
            var egress = random.Next(4) == 0 ? null : FuzzWaits.Granted;
            var (first, second) = isProgram
                ? (Program(program, given[0], egress, run), Program(program, given[0], egress, null))
                : (Events(cell, given, egress, run), Events(cell, given, egress, null));
            Assert.Equal(first, second);
            if (iteration % 64 == 0)
            {
                Assert.Equal($"{++counted}", ResultText(Deliver(neighbour, NewStore(), TaskEvent("count"))));
            }
        });
        if (run.IsWhole)
        {
            CheckMet(run);
        }
    }

    /// <summary>Each import was called, and each that has something to give gave it.</summary>
    private static void CheckMet(FuzzRun run)
    {
        Assert.All(HostCaller.ProgramImports, import =>
        {
            // An exit has no answer; it is seen as the task's refusal or completion.
            Assert.True(import.Import.Name == "proc_exit" || run.Count("called " + Name(import)) > 0, $"{Name(import)} was never seen to answer: the fuzzer tests too little.");
            Assert.True(s_refusing.Contains(import.Import.Name) || run.Count("served " + Name(import)) > 0, $"{Name(import)} never did what it is for: the fuzzer tests too little.");
        });
        Assert.All((string[])["item", "typed", "own"], table => Assert.True(run.Count("wrote " + table) > 0, $"Nothing wrote to {table}: the fuzzer tests too little."));
        Assert.True(run.Count("denied") > 0, "Nothing was denied: the fuzzer tests too little.");
        Assert.All((string[])["Completed", "Refused", "Waiting", "Returned", AbortCodes.OutOfFuel], what => Assert.True(run.Count("event " + what) > 0, $"No event was {what}."));
    }

    private static string Name((string Module, AbiImport Import) import) => $"{import.Module}.{import.Import.Name}";

    private string Program(CellModule module, byte[] records, EgressProfile? egress, FuzzRun? run)
    {
        var trace = new FuzzTrace();
        using var cell = cells.Boot(cells.Engine, module, s_profile);
        Met(run, HostCaller.ProgramImports, records, trace.Deliver(cell, new FuzzWaits(NewStore(), egress), TaskEvent(records)));
        return trace.Text;
    }

    /// <summary>One of each kind, in a task that follows a view which has changed; an aborted event is followed by a new cell, as in a worker.</summary>
    private string Events(CellModule module, byte[][] given, EgressProfile? egress, FuzzRun? run)
    {
        var (trace, waits) = (new FuzzTrace(), new FuzzWaits(NewStore(), egress));
        waits.Store.Views.Follow(FuzzWaits.Task, new CellSubscription(1, "amounts", []), 1);
        var cell = cells.Boot(cells.Engine, module, s_profile);
        for (var i = 0; i < given.Length; i++)
        {
            var next = new CellEvent((CellEventKind)i, given[i], default, NowUs, new FixedSeed(Seed));
            if (next.Kind == CellEventKind.Task)
            {
                next = TaskEvent(given[i]);
            }
            else if (next.Kind == CellEventKind.Reply)
            {
                next = next with { Input = FuzzWaits.Body };
            }
            else if (next.Kind == CellEventKind.Delta)
            {
                waits.Change(static transaction => transaction.Put("item"u8, new TupleBuilder().Text("z").Int64(7).Float64(0).ToArray()));
                next = waits.TryDelta(out var told) ? told with { EnvelopeJson = given[i] } : next;
            }

            Met(run, HostCaller.CellImports, given[i], trace.Deliver(cell, waits, next));
            foreach (var table in run is null ? [] : (string[])["item", "typed", "own"])
            {
                run!.Met("wrote " + table, waits.Store.Rows(table).Any() ? 1 : 0);
            }

            if (cell.IsDead)
            {
                cell.Dispose();
                cell = cells.Boot(cells.Engine, module, s_profile);
            }
        }

        cell.Dispose();
        return trace.Text;
    }

    private static void Met(FuzzRun? run, IReadOnlyList<(string Module, AbiImport Import)> imports, byte[] records, ActionOutcome outcome)
    {
        if (run is null)
        {
            return;
        }

        run.Met("event " + (outcome.Status == ActionStatus.Aborted ? outcome.Code : outcome.Status.ToString()));
        var answers = outcome.Emits.LastOrDefault(static emit => emit.Name == HostCaller.Answers)?.Value ?? [];
        var denied = 0;
        for (var i = 0; i < answers.Length / 8; i++)
        {
            var import = imports[records[i * HostCaller.RecordBytes]];
            var answer = BinaryPrimitives.ReadInt64LittleEndian(answers.AsSpan(8 * i));
            run.Met("called " + Name(import));
            run.Met("served " + Name(import), (import.Module == WasiImports.Module ? answer == 0 : answer >= 0) ? 1 : 0);
            denied += import.Import.Name == "http_begin" && answer == (int)StateStatus.Denied ? 1 : 0;
        }

        run.Met("denied", denied);
        Assert.True(denied <= outcome.Denied.Where(static one => one.Code == DenialCodes.NotGranted).Sum(static one => one.Count), "A denial was not counted.");
    }

    [Fact]
    public void A_host_error_stops_the_event_by_name_instead_of_the_process()
    {
        // An ended transaction would answer a status; no transaction at all is a bug of the host, and must stay inside.
        using var cell = cells.Boot("misbehave");

        var outcome = cell.Deliver(TaskEvent("count"), default);

        Assert.Equal((ActionStatus.Aborted, AbortCodes.HostError, true), (outcome.Status, outcome.Code, cell.IsDead));
        Assert.Contains(nameof(NullReferenceException), outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bad_seed_is_a_host_error_too()
    {
        using var cell = cells.Boot("conform");
        var transaction = NewStore().Begin();

        var outcome = cell.Deliver(TaskEvent("x") with { RandomSeed = new FixedSeed(1, 2, 3) }, transaction);

        Assert.Equal(AbortCodes.HostError, outcome.Code);
    }
}
