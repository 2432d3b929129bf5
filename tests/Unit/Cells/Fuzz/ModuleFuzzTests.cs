using System.Diagnostics;
using System.Text;
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
/// same twice, to the unit of fuel and the byte; nothing throws or hangs; and every so many mutants a good cell, and a fresh one beside it,
/// answer as on the first day. scripts/fuzz runs it for hours.
/// </summary>
public sealed class ModuleFuzzTests(ITestOutputHelper output)
{
    /// <summary>Larger ones take the compiler too long for what they would find.</summary>
    private const int LargestSeed = 32 * 1024;

    /// <summary>Of one function. A worker compiles in a process with limits; this is one without.</summary>
    private const int MostLocals = 2_000;

    /// <summary>Of those that are only inspected, which costs a hundredth of what running one does.</summary>
    private const int MalformedPerMutant = 8;

    private const int MutantsPerLook = 64;
    private const int MostEvents = 8;
    private const long MostGrowthBytes = 1L << 30;

    private static readonly CellProfile s_profile = new("fuzz", 4 * 1024 * 1024, 400_000, 1024);

    private static readonly HashSet<string> s_refusals = [.. typeof(AdmissionCodes).GetFields().Select(static field => (string)field.GetRawConstantValue()!)];

    /// <summary>What makes a guest do something, with a little fuel; each may be asked what is meant for another.</summary>
    private static readonly Dictionary<string, string[]> s_inputs = new()
    {
        [""] = ["", "the input"],
        ["agent"] = ["0 4 250 5 0", "2 4 0 3 1", "1 4 0 3 2"],
        ["busy"] = ["3"],
        ["idle"] = ["3", "5", "tell 1 3 5"],
        ["misbehave"] = ["count", "trap", "loop"],
        ["follow"] = ["follow * plain 7", "write 1 2 3", "steps 7 3 2", "read 0 9"],
        ["history"] = ["once la 1 2;lr 1", "many 3 4 10 2"],
        ["events-as"] = ["decimals", "fields", "panic", "refuse", "memory", "follow"],
    };

    private static readonly TableSchema[] s_tables =
    [
        new("item", [new("id", ColumnType.Text), new("amount", ColumnType.Int64), new("ratio", ColumnType.Float64)], ["id"]),
        new("own", [new("slot", ColumnType.Int64), new("n", ColumnType.Int64)], ["slot"], TableScope.Cell),
        new("slot", [new("id", ColumnType.Int64), new("n", ColumnType.Int64), new("pad", ColumnType.Bytes)], ["id"]),
        new("note", [new("id", ColumnType.Int64), new("grp", ColumnType.Int64), new("value", ColumnType.Int64)], ["id"]),
    ];

    [Fact]
    public void No_mutant_of_a_module_harms_the_host_or_acts_twice_differently()
    {
        using var run = new FuzzRun("modules", output);
        using var engine = new CellEngine(new CellEngineOptions { MaxCells = 8, WatchdogLimit = TimeSpan.FromSeconds(1) });
        using var compiler = new ModuleCompiler();
        using var witness = new Witness(engine);
        var seeds = Seeds();
        var modules = seeds.ConvertAll(static seed => seed.Wasm);
        run.Iterate((iteration, random) =>
        {
            // Half of them small: those are compiled in a millisecond.
            var (name, seed) = seeds[random.Next(2) == 0 ? random.Next(s_texts.Length) : random.Next(seeds.Count)];
            var mutator = new ModuleMutator(random, modules);
            var inputs = s_inputs.GetValueOrDefault(random.Next(4) > 0 ? name : s_inputs.Keys.ElementAt(random.Next(s_inputs.Count)), s_inputs[""]);
            var input = random.Next(8) == 0 ? Noise(random) : Encoding.ASCII.GetBytes(inputs[random.Next(inputs.Length)]);
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
            Assert.All((string[])["Completed", "Waiting", "Timer", "Delta", AbortCodes.OutOfFuel, AbortCodes.Unreachable, AbortCodes.MemoryOutOfBounds],
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

        using var artifact = compiler.Compile(wasm, out var failure);
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
            var (first, second) = (Events(engine, module, input, run), Events(engine, module, input, null));
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

    private static byte[] Noise(Random random)
    {
        var noise = new byte[random.Next(300)];
        random.NextBytes(noise);
        return noise;
    }

    /// <summary>Start, the task, then what it waits for, until it is done or has had enough.</summary>
    private static FuzzTrace Events(CellEngine engine, CellModule module, byte[] input, FuzzRun? run)
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

        using (cell)
        {
            var waits = new FuzzWaits(NewStore());
            var next = StartEvent();
            for (var i = 0; i < MostEvents && !cell.IsDead; i++)
            {
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
        }

        return trace;
    }

    private static bool TryNext(FuzzWaits waits, out CellEvent next)
    {
        if (waits.TryTimer(out var due))
        {
            next = waits.Timer(due);
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

    /// <summary>The small ones first.</summary>
    private static List<(string Name, byte[] Wasm)> Seeds()
    {
        var guests = Directory.GetFiles(Path.Combine(RepositoryRoot, "tests", "Guests", "bin"), "*.wasm").Order(StringComparer.Ordinal)
            .Select(static file => (Path.GetFileNameWithoutExtension(file), File.ReadAllBytes(file)))
            .Where(static guest => guest.Item2.Length <= LargestSeed);
        var program = ProgramGuests.Asking([ProgramGuests.Call("random_get", 0, 8), ProgramGuests.Call("clock_time_get", 0, 0, 16), ProgramGuests.Call("fd_write", 1, 0, 1, 8)]);
        return [.. s_texts.Select(static text => ("", Text(text))), ("", program), .. guests];
    }

    // Each has one thing in which the big ones are poor.
    private static readonly string[] s_texts =
    [
        Guests.OnTask("i32.const 0"),
        Guests.Module("""
            (import "vx" "timer_begin" (func $timer (param i64 i32 i32) (result i32)))
            (import "vx" "emit" (func $emit (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1 3) (data (i32.const 64) "tick") (global $n (mut i32) (i32.const 0))
            (func (export "vx_abi_version") (result i32) i32.const 1)
            (func (export "vx_alloc") (param i32) (result i32) i32.const 4096)
            (func (export "on_start") (param i32 i32) (result i32) i32.const 0)
            (func $arm (result i32)
              (global.set $n (i32.add (global.get $n) (i32.const 1)))
              (drop (call $emit (i32.const 64) (i32.const 4) (i32.const 0) (i32.const 1024)))
              (if (i32.lt_u (global.get $n) (i32.const 4)) (then (drop (call $timer (i64.const 5) (i32.const 64) (i32.const 4)))))
              i32.const 0)
            (func (export "on_task") (param i32 i32 i32 i32) (result i32) call $arm)
            (func (export "on_timer") (param i32 i32) (result i32) call $arm)
            """),
        Guests.Module("""
            (import "vx" "complete" (func $complete (param i32 i32) (result i32)))
            (type $unary (func (param i32) (result i32)))
            (table 4 8 funcref) (elem (i32.const 0) $double $square) (memory (export "memory") 2)
            (func $double (param i32) (result i32) (i32.shl (local.get 0) (i32.const 1)))
            (func $square (param i32) (result i32) (i32.mul (local.get 0) (local.get 0)))
            (func (export "vx_abi_version") (result i32) i32.const 1)
            (func (export "vx_alloc") (param i32) (result i32) i32.const 4096)
            (func (export "on_task") (param i32 i32 i32 i32) (result i32) (local $i i32)
              (loop $next
                (i32.store (i32.mul (local.get $i) (i32.const 4)) (call_indirect (type $unary) (local.get $i) (i32.and (local.get $i) (i32.const 1))))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if $next (i32.lt_u (local.get $i) (i32.const 64))))
              (drop (call $complete (i32.const 0) (i32.const 512)))
              i32.const 0)
            """),
        Guests.Module("""
            (import "vx" "complete" (func $complete (param i32 i32) (result i32)))
            (memory (export "memory") 1)
            (func (export "vx_abi_version") (result i32) i32.const 1)
            (func (export "vx_alloc") (param i32) (result i32) i32.const 4096)
            (func $work (param f64 f32) (result f64 f32)
              (f64.sqrt (f64.sub (local.get 0) (f64.const 3.5))) (f32.div (local.get 1) (f32.const 0)))
            (func (export "on_task") (param i32 i32 i32 i32) (result i32) (local $d f64) (local $f f32) (local $v v128)
              (call $work (f64.const 1.25) (f32.const 0)) (local.set $f) (local.set $d)
              (f64.store (i32.const 0) (local.get $d)) (f32.store (i32.const 8) (f32.nearest (local.get $f)))
              (local.set $v (f32x4.div (f32x4.splat (local.get $f)) (v128.const f32x4 0 1 -1 nan)))
              (v128.store (i32.const 16) (f64x2.max (local.get $v) (i32x4.mul (local.get $v) (i32x4.splat (i32.const 7)))))
              (i64.store (i32.const 32) (i64.trunc_sat_f64_s (local.get $d)))
              (i32.store (i32.const 40) (i32.trunc_sat_f32_u (local.get $f)))
              (drop (call $complete (i32.const 0) (i32.const 64)))
              i32.const 0)
            """),
        Guests.Module("""
            (import "vx" "state_put" (func $put (param i32 i32 i32 i32) (result i32)))
            (import "vx" "random" (func $random (param i32 i32) (result i32)))
            (import "vx" "log" (func $log (param i32 i32 i32) (result i32)))
            (memory (export "memory") 1 16) (data $row "\04\05text") (data (i32.const 16) "item")
            (func (export "vx_abi_version") (result i32) i32.const 1)
            (func (export "vx_alloc") (param $n i32) (result i32) (drop (memory.grow (i32.const 1))) (i32.const 65536))
            (func (export "on_task") (param i32 i32 i32 i32) (result i32)
              (memory.init $row (i32.const 128) (i32.const 0) (i32.const 6)) (data.drop $row)
              (memory.fill (i32.const 256) (i32.const 97) (i32.const 64)) (memory.copy (i32.const 512) (i32.const 128) (i32.const 256))
              (drop (call $random (i32.const 1024) (i32.const 32)))
              (drop (call $put (i32.const 16) (i32.const 4) (i32.const 128) (i32.const 24)))
              (call $log (i32.const 3) (i32.const 256) (i32.const 40)))
            """),
    ];

    /// <summary>A cell that lives as long as the fuzzer, a fresh one at each look, and what the process holds.</summary>
    private sealed class Witness : IDisposable
    {
        private readonly CellEngine _engine;
        private readonly CellModule _module;
        private readonly Cell _neighbour;
        private int _counted;
        private long _fuel;
        private long _firstBytes;
        private int _looks;

        public Witness(CellEngine engine)
        {
            _engine = engine;
            _module = Compile(engine, Guest("misbehave"));
            _neighbour = Boot(1);
        }

        public void Look()
        {
            var own = CellFixture.Deliver(_neighbour, CellFixture.NewStore(), TaskEvent("count"));
            Assert.Equal($"{++_counted}", ResultText(own));
            using (var fresh = Boot(2))
            {
                var outcome = CellFixture.Deliver(fresh, CellFixture.NewStore(), TaskEvent("count"));
                Assert.Equal("1", ResultText(outcome));
                _fuel = _fuel == 0 ? outcome.FuelUsed : _fuel;
                Assert.Equal(_fuel, outcome.FuelUsed);
            }

            Assert.Equal(1, _engine.CellsLive);
            using var process = Process.GetCurrentProcess();
            _firstBytes = ++_looks == 2 ? process.WorkingSet64 : _firstBytes;
            Assert.True(_looks < 2 || process.WorkingSet64 < _firstBytes + MostGrowthBytes, $"The process grew from {_firstBytes} to {process.WorkingSet64} bytes.");
        }

        public void Dispose()
        {
            _neighbour.Dispose();
            _module.Dispose();
        }

        private Cell Boot(int number) => Cell.Boot(
            _engine, _module, new CellId(new Guid(number, 0, 0, [1, 0, 0, 0, 0, 0, 0, 0])), s_profile with { FuelPerAction = 2_000_000, FuelSlice = 2_000_000 }, new BootClock(TimeProvider.System));
    }
}
