using Voxeltron.Cells;
using Voxeltron.Cosmictron;
using Voxeltron.Kernel;
using Xunit;
using Xunit.Abstractions;
using static Voxeltron.Tests.Unit.Cells.CellFixture;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>
/// Goal: no upload harms the host. Method: valid modules, changed in a few places, take a worker's way: inspected, compiled, loaded from the
/// artifact, booted, given events, with little fuel and a watchdog. What is refused is refused by a documented name; what runs does the
/// same twice, to the unit of fuel and the byte, also when its cell sleeps between events; nothing throws or hangs; and every so many mutants a good cell, and a fresh one beside it,
/// answer as on the first day. scripts/fuzz runs it for hours.
/// </summary>
public sealed class ModuleFuzzTests(ITestOutputHelper output)
{
    /// <summary>Of one function. A worker compiles in a process with limits; this is one without.</summary>
    private const int MostLocals = 2_000;

    /// <summary>Of those that are only inspected, which costs a hundredth of what running one does.</summary>
    private const int MalformedPerMutant = 8;

    private const int MutantsPerLook = 64;
    private const int MostEvents = 8;

    private static readonly CellProfile s_profile = new("fuzz", 4 * 1024 * 1024, 400_000, 1024);

    private static readonly HashSet<string> s_refusals = [.. typeof(AdmissionCodes).GetFields().Select(static field => (string)field.GetRawConstantValue()!)];

    private static readonly TableSchema[] s_tables =
    [
        new("item", [new("id", ColumnType.Text), new("amount", ColumnType.Int64), new("ratio", ColumnType.Float64)], ["id"]),
        new("own", [new("slot", ColumnType.Int64), new("n", ColumnType.Int64)], ["slot"], TableScope.Cell),
        new("slot", [new("id", ColumnType.Int64), new("n", ColumnType.Int64), new("pad", ColumnType.Bytes)], ["id"]),
        new("fetched", [new("n", ColumnType.Int64), new("ticket", ColumnType.Int64), new("left", ColumnType.Int64), new("url", ColumnType.Text), new("line", ColumnType.Text)], ["n"], TableScope.Cell),
        new("note", [new("id", ColumnType.Int64), new("grp", ColumnType.Int64), new("value", ColumnType.Int64)], ["id"]),
    ];

    [Fact]
    public void No_mutant_of_a_module_harms_the_host_or_acts_twice_differently()
    {
        using var run = new FuzzRun("modules", output);
        using var engine = new CellEngine(new CellEngineOptions { MaxCells = 8, WatchdogLimit = TimeSpan.FromSeconds(1) });
        using var compiler = new ModuleCompiler();
        using var witness = new FuzzWitness(engine, s_profile, run.IsAlone);
        var seeds = new FuzzSeeds();
        run.Iterate((iteration, random) =>
        {
            var (name, seed) = seeds.Module(random);
            var input = seeds.Input(random, name);
            var mutator = new ModuleMutator(random, seeds.All);
            byte[] wasm = [];
            try
            {
                for (var i = 0; i < MalformedPerMutant; i++)
                {
                    wasm = mutator.Malform(seed);
                    Inspect(engine, wasm, out _);
                }

                mutator.Done.Clear();
                wasm = mutator.Mutate(seed);
                run.Met(Judge(engine, compiler, wasm, input, iteration, run));
            }
            catch (Exception)
            {
                output.WriteLine($"{string.Join("; ", mutator.Done)}\n{Convert.ToBase64String(wasm)}");
                throw;
            }

            if (iteration % MutantsPerLook == 0)
            {
                witness.Look();
            }
        });
        witness.Look();
        if (run.IsWhole)
        {
            Assert.True(run.Count("ran") > run.Count("iterations") / 5, "Hardly any mutant ran: the fuzzer tests too little.");
            Assert.All((string[])["Completed", "Waiting", "Timer", "Delta", "Reply", AbortCodes.OutOfFuel, AbortCodes.Unreachable, AbortCodes.MemoryOutOfBounds],
                what => Assert.True(run.Count("event " + what) > 0, $"No mutant met {what}: the fuzzer tests too little."));
        }
    }

    /// <returns>What became of it, in a word.</returns>
    private static string Judge(CellEngine engine, ModuleCompiler compiler, byte[] wasm, byte[] input, long iteration, FuzzRun run)
    {
        if (Inspect(engine, wasm, out var inspected) is { } refused)
        {
            return refused;
        }

        if (WasmParts.MostLocals(wasm) > MostLocals)
        {
            return "left out for its locals";
        }

        using var artifact = compiler.Compile(inspected.Prepared.Span, out var failure);
        if (artifact is null)
        {
            Assert.Fail($"A module the validator took was not compiled: {failure}");
        }

        CellModule module;
        try
        {
            module = engine.Load(inspected, artifact.Bytes);
        }
        catch (ModuleRefusedException late)
        {
            Assert.Contains(late.FaultCode, (string[])[AdmissionCodes.InstantiationFailed, AdmissionCodes.WrongAbi]);
            if (iteration % 8 == 0)
            {
                Assert.Equal(late.FaultCode, engine.Admit(wasm, AdmissionLimits.Default).Code);
            }

            return late.FaultCode;
        }

        using (module)
        {
            // The second one sleeps between its events, where its module allows it.
            var (first, second) = (Events(engine, module, input, run), Events(engine, module, input, null, sleeps: true));
            run.Met(module.NotCaptured is { } obstacle ? "stays warm: " + obstacle.Code : "sleeps");
            if (first.IsCut || second.IsCut)
            {
                return "cut by the watchdog";
            }

            Assert.Equal(first.Text, second.Text);
        }

        if (iteration % 8 == 0)
        {
            var admitted = engine.Admit(wasm, AdmissionLimits.Default);
            Assert.True(admitted.Admitted, $"It ran, and is refused: {admitted.Reason}");
        }

        return "ran";
    }

    /// <returns>The code of its refusal, which is documented and fit to be shown; null when it may be compiled.</returns>
    private static string? Inspect(CellEngine engine, byte[] wasm, out InspectedModule inspected)
    {
        inspected = engine.Inspect(wasm, ModuleDigest.Of(wasm));
        if (inspected.Refusal is not { } refusal)
        {
            return null;
        }

        Assert.Contains(refusal.Code!, s_refusals);
        Assert.InRange(refusal.Reason!.Length, 1, 512);
        Assert.All([refusal.Reason, .. refusal.Imports, .. refusal.Exports], static text => Assert.DoesNotContain(text, char.IsControl));
        return refusal.Code;
    }

    /// <summary>Start, the task, then what it waits for, until it is done or has had enough.</summary>
    private static FuzzTrace Events(CellEngine engine, CellModule module, byte[] input, FuzzRun? run, bool sleeps = false)
    {
        var trace = new FuzzTrace();
        Cell cell;
        try
        {
            cell = Cell.Boot(engine, module, new CellId(new Guid(1, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0])), s_profile, new BootClock(TimeProvider.System));
        }
        catch (CellBootException unbootable) when (unbootable.FaultCode is "memory_limit" or "table_limit")
        {
            trace.Say(unbootable.FaultCode);
            return trace;
        }

        try
        {
            var waits = new FuzzWaits(NewStore(), FuzzWaits.Granted);
            var next = StartEvent();
            for (var i = 0; i < MostEvents && !cell.IsDead; i++)
            {
                if (sleeps && i > 0 && module.NotCaptured is null)
                {
                    cell = Sleep(engine, module, cell);
                }

                var outcome = trace.Deliver(cell, waits, next);
                run?.Met("event " + (outcome.Status == ActionStatus.Aborted ? outcome.Code! : outcome.Status.ToString()));
                run?.Met("event " + next.Kind);
                if (next.Kind == CellEventKind.Start)
                {
                    next = TaskEvent(input);
                }
                else if (outcome.Status != ActionStatus.Waiting || !TryNext(waits, out next))
                {
                    break;
                }
            }

            trace.Say("memory " + FuzzTrace.Hash(cell.MemoryOf()));
        }
        finally
        {
            cell.Dispose();
        }

        return trace;
    }

    private static Cell Sleep(CellEngine engine, CellModule module, Cell cell)
    {
        Assert.True(cell.TryCapture(out var image), "A module that can be captured was not.");
        using (image)
        {
            cell.Dispose();
            return Cell.Wake(engine, module, cell.Id, cell.Profile, new BootClock(TimeProvider.System), image.Bytes);
        }
    }

    private static bool TryNext(FuzzWaits waits, out CellEvent next)
    {
        if (waits.TryTimer(out var due))
        {
            next = waits.Timer(due);
            return true;
        }

        if (waits.TryReply(out next))
        {
            return true;
        }

        // Some row in each of the groups that are followed.
        var value = waits.Seq;
        waits.Change(transaction =>
        {
            for (var group = 0; group < 10; group++)
            {
                transaction.Put("note"u8, new TupleBuilder().Int64(group).Int64(group).Int64(value).ToArray());
            }
        });
        return waits.TryDelta(out next);
    }

    private static MissionStore NewStore()
    {
        var store = new MissionStore(s_tables, StoreLimits.Default);
        store.Views.Declare([BoundView.Bind("news", "select grp, value, id from note", isPublished: false, s_tables)]);
        store.Views.Load();
        return store;
    }
}
