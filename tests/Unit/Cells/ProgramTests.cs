using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Voxeltron.Cells;
using Xunit;
using static Voxeltron.Tests.Unit.Cells.CellFixture;
using static Voxeltron.Tests.Unit.Cells.ProgramGuests;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>
/// Programs: modules with <c>_start</c> over WASI preview 1, as docs/abi.md says of them. Method: what two ordinary toolchains made of
/// sources that know of no cell, and programs in WebAssembly text that ask one thing each.
/// </summary>
public sealed class ProgramTests(CellFixture cells) : IClassFixture<CellFixture>
{
    // Beyond 16 pages.
    private const long Outside = 0x7fffff00;

    [Fact]
    public void A_C_program_reads_its_input_and_its_output_is_the_result()
    {
        var outcome = Run(Sample("count"), "the cat, the dog; THE end\nof the dog");

        Assert.Equal((ActionStatus.Completed, null), (outcome.Status, outcome.Code));
        Assert.Equal("4 the\n2 dog\n1 cat\n1 end\n1 of\n", ResultText(outcome));
        Assert.Empty(outcome.Logs);
    }

    [Fact]
    public void Another_exit_code_than_0_is_a_refusal_and_standard_error_is_logged()
    {
        var outcome = Run(Sample("count"), "... ...");

        Assert.Equal((ActionStatus.Refused, "exit_1", 0), (outcome.Status, outcome.Code, outcome.Result.Length));
        Assert.Equal([new CellLog(CellLogLevel.Warning, "t/r-1: no word in the text")], outcome.Logs);
    }

    [Fact]
    public void A_Rust_program_runs_unmodified()
    {
        Assert.Equal("ann,1.25\nbob,-0.50\n", ResultText(Run(Sample("total"), "ann,1.50\nbob,-0.50\nann,-0.25\n")));

        var refused = Run(Sample("total"), "ann,1.50\nbob,many\n");
        Assert.Equal((ActionStatus.Refused, "exit_2"), (refused.Status, refused.Code));
        Assert.Equal("line 2: not a name and an amount", Assert.Single(refused.Logs).Text);
    }

    [Fact]
    public void What_a_program_may_ask_is_answered_as_the_contract_says()
    {
        (string Call, int Answer)[] asked =
        [
            (Call("args_sizes_get", 0, 4), 0),
            ("(i32.load (i32.const 0))", 2),
            ("(i32.load (i32.const 4))", "program\0t/r-1\0".Length),
            (Call("args_get", 16, 32), 0),
            ("(i32.sub (i32.load (i32.const 20)) (i32.load (i32.const 16)))", "program\0".Length),
            (Call("environ_sizes_get", 0, 4), 0),
            ("(i32.or (i32.load (i32.const 0)) (i32.load (i32.const 4)))", 0),
            (Call("environ_get", Outside, Outside), 0),
            (Call("clock_time_get", 0, 1, 64), 0),
            ($"(i64.eq (i64.load (i32.const 64)) (i64.const {NowUs * 1000}))", 1),
            (Call("clock_time_get", 1, 1, 72), 0),
            ("(i64.eq (i64.load (i32.const 64)) (i64.load (i32.const 72)))", 1),
            (Call("clock_time_get", 2, 1, 72), 28),
            (Call("clock_time_get", -1, 1, 72), 28),
            (Call("clock_res_get", 1, 72), 0),
            ("(i32.load (i32.const 72))", 1000),
            (Call("random_get", 128, 8), 0),
            (Call("random_get", 136, 32), 0),
            (Call("random_get", 0x100000, 0), 0),
            (Call("fd_prestat_get", 3, Outside), 8),
            (Call("fd_prestat_get", 0, 0), 8),
            (Call("fd_prestat_dir_name", 3, 0, 0), 8),
            (Call("fd_fdstat_get", 0, 200), 0),
            ("(i32.load (i32.const 208))", 1 << 1),
            (Call("fd_fdstat_get", 1, 200), 0),
            ("(i32.load (i32.const 200))", 0),
            ("(i32.load (i32.const 208))", 1 << 6),
            (Call("fd_fdstat_get", 3, 200), 8),
            (Call("fd_seek", 1, 0, 0, Outside), 70),
            (Call("fd_tell", 0, Outside), 70),
            (Call("fd_seek", 3, 0, 0, 0), 8),
            (Call("sched_yield"), 0),
            (Call("fd_write", 1, 0, 0, 300), 0),
            (Call("fd_write", 0, 0, 0, 300), 8),
            (Call("fd_write", 3, 0, 0, 300), 8),
            (Call("fd_write", 1, 0, 1025, 300), 28),
            (Call("fd_write", 1, 0, -1, 300), 28),
            (Call("fd_read", 1, 0, 0, 300), 8),
            (Call("fd_close", 2), 0),
            (Call("fd_close", 2), 8),
            (Call("fd_close", 3), 8),
            (Call("fd_write", 2, 0, 0, 300), 8),
            (Call("fd_fdstat_get", 2, 200), 8),
        ];

        var outcome = Run(Asking(asked.Select(static ask => ask.Call)), "");

        Assert.Equal(asked, asked.Zip(Answers(outcome), static (ask, answer) => (ask.Call, answer)));
    }

    /// <summary>Part of the preview and of no use to a cell; a new one of the list must be decided on, or stays here.</summary>
    [Fact]
    public void Files_sockets_and_polling_answer_ENOSYS()
    {
        string[] built =
        [
            "args_get", "args_sizes_get", "environ_get", "environ_sizes_get", "clock_res_get", "clock_time_get", "fd_close", "fd_fdstat_get", "fd_prestat_dir_name",
            "fd_prestat_get", "fd_read", "fd_seek", "fd_tell", "fd_write", "proc_exit", "random_get", "sched_yield",
        ];
        var others = WasiImports.All.Select(static import => import.Name).Except(built).ToList();
        Assert.Equal(29, others.Count);

        var outcome = Run(Asking(others.Select(static name => Call(name, -1, -1, -1, -1, -1, -1, -1, -1, -1))), "");

        Assert.Equal(others.Select(static name => (name, 52)), others.Zip(Answers(outcome)));
    }

    [Fact]
    public void A_pointer_outside_memory_answers_EFAULT_and_nothing_happens()
    {
        // Lists of buffers: one that is fine and one that is outside; one whose end wraps past 2^32.
        const string lists = """
            (data (i32.const 0) "\00\02\00\00\04\00\00\00" "\00\ff\ff\7f\04\00\00\00")
            (data (i32.const 32) "\f0\ff\ff\ff\20\00\00\00")
            (data (i32.const 48) "\00\02\00\00\ff\ff\ff\ff")
            (data (i32.const 512) "abcd")
            """;
        string[] calls =
        [
            Call("args_sizes_get", Outside, 0x200), Call("args_sizes_get", 0x200, Outside), Call("args_get", Outside, 0x200), Call("args_get", 0x200, 0xffffa),
            Call("environ_sizes_get", Outside, 0x200), Call("environ_sizes_get", 0x200, 0xffffe), Call("clock_time_get", 0, 0, 0xffff9), Call("clock_res_get", 0, -1),
            Call("random_get", 0xfffff, 2), Call("random_get", 0x200, -1), Call("random_get", -1, 1), Call("random_get", 0x100001, 0), Call("fd_fdstat_get", 0, 0xffff0),
            Call("fd_write", 1, 0, 2, 300), Call("fd_write", 1, 32, 1, 300), Call("fd_write", 1, 48, 1, 300), Call("fd_write", 1, Outside, 1, 300),
            Call("fd_write", 1, 0xffff8, 2, 300), Call("fd_write", 1, 0, 1, 0xffffd), Call("fd_write", 2, 0, 2, 300), Call("fd_write", 2, 0, 1, -1),
            Call("fd_read", 0, 0, 2, 300), Call("fd_read", 0, 32, 1, 300), Call("fd_read", 0, 48, 1, 300), Call("fd_read", 0, Outside, 1, 300), Call("fd_read", 0, 0, 1, 0xffffd),
        ];
        string[] afterwards = ["(i32.load (i32.const 512))", Call("fd_read", 0, 0, 1, 300), "(i32.load (i32.const 300))", "(i32.load (i32.const 512))"];

        var answers = Answers(Run(Asking([.. calls, .. afterwards], lists), "wxyz!"));

        Assert.Equal(calls.Select(static call => (call, 21)), calls.Zip(answers));
        Assert.Equal([Word("abcd"), 0, 4, Word("wxyz")], answers[calls.Length..]);
    }

    [Fact]
    public void What_is_read_may_land_on_the_list_of_buffers_itself()
    {
        // The first buffer is the list's second entry; the bytes read there name memory outside.
        const string list = """(data (i32.const 0) "\08\00\00\00\08\00\00\00" "\00\02\00\00\04\00\00\00")""";

        var answers = Answers(Run(Asking([Call("fd_read", 0, 0, 2, 8), "(i32.load (i32.const 8))", "(i32.load (i32.const 512))"], list), "\u007f\u007f\u007f\u007f\u007f\u007f\u007f\u007fwxyz"));

        Assert.Equal([0, 12, Word("wxyz")], answers);
    }

    [Fact]
    public void Randomness_is_the_stream_of_the_delivery()
    {
        var outcome = Run(Program($"""
            (drop {Call("random_get", 0, 5)}) (drop (call $random (i32.const 5) (i32.const 1))) (drop {Call("random_get", 6, 34)}) {Write(1, 0, 40)}
            """, imports: """(import "vx" "random" (func $random (param i32 i32) (result i32)))"""), "");

        Assert.Equal(SHA256.HashData([.. Seed, 0, 0, 0, 0, 0, 0, 0, 0]).Concat(SHA256.HashData([.. Seed, 0, 0, 0, 0, 0, 0, 0, 1])).Take(40), outcome.Result);
    }

    [Theory]
    [InlineData(0, ActionStatus.Completed, null, "out")]
    [InlineData(7, ActionStatus.Refused, "exit_7", "")]
    [InlineData(-1, ActionStatus.Refused, "exit_4294967295", "")]
    public void An_exit_deep_in_calls_ends_the_program_and_is_no_crash(int code, ActionStatus status, string? refusal, string result)
    {
        var program = Program(
            $"{Write(1, 512, 3)} (call $down (i32.const 100)) unreachable",
            $$"""
            (data (i32.const 512) "out")
            (func $down (param i32)
              (if (i32.eqz (local.get 0)) (then (call $proc_exit (i32.const {{code}}))))
              (call $down (i32.sub (local.get 0) (i32.const 1))) unreachable)
            """);

        var outcome = Run(program, "");

        Assert.Equal((status, refusal, result), (outcome.Status, outcome.Code, ResultText(outcome)));
        Assert.Equal(outcome.FuelUsed, Run(program, "").FuelUsed);
    }

    [Fact]
    public void A_program_that_traps_is_aborted_and_what_it_said_is_kept()
    {
        var outcome = Run(Program($"{Write(2, 512, 8)} unreachable", """(data (i32.const 512) "one\ntwo\n")"""), "");

        Assert.Equal((ActionStatus.Aborted, AbortCodes.Unreachable), (outcome.Status, outcome.Code));
        Assert.Equal(["one", "two"], outcome.Logs.Select(static log => log.Text));
    }

    [Fact]
    public void Standard_output_ends_at_the_limit_of_a_result()
    {
        // 512 KiB in 9 writes of 60,000, the last of them short; then no space.
        const string list = """(data (i32.const 0) "\00\00\02\00\60\ea\00\00") (data (i32.const 131072) "x")""";
        var write = Call("fd_write", 1, 0, 1, 16);
        static byte[] With(string data, string body) => Program($"(local $status i32) (local $said i32) {body}", data);
        var loop = $"""
            (loop $again
              (local.set $status {write})
              (if (i32.eqz (local.get $status)) (then (local.set $said (i32.add (local.get $said) (i32.load (i32.const 16)))) (br $again))))
            """;
        var refused = Run(With(list, $"{loop} (call $proc_exit (i32.add (i32.mul (local.get $status) (i32.const 1000000)) (local.get $said)))"), "");
        Assert.Equal($"exit_{(51 * 1_000_000) + CellLimits.ResultBytes}", refused.Code);

        var whole = Run(With(list, loop), "");
        Assert.Equal((ActionStatus.Completed, CellLimits.ResultBytes), (whole.Status, whole.Result.Length));
    }

    [Fact]
    public void Standard_error_is_cut_into_lines_and_what_is_over_the_limits_is_dropped()
    {
        var input = "a\n\n" + new string('x', 5000) + "\n" + new string('y', 4096) + "\nz";
        var said = Run(Cat, input).Logs;
        Assert.Equal(["a", "", new string('x', 4096), new string('x', 904), new string('y', 4096), "z"], said.Select(static log => log.Text));
        Assert.All(said, static log => Assert.Equal(CellLogLevel.Warning, log.Level));

        Assert.Equal(256, Run(Cat, new string('\n', 1000)).Logs.Count);
        var bytes = Run(Cat, string.Concat(Enumerable.Repeat(new string('x', 4000) + "\n", 20))).Logs;
        Assert.Equal(12, bytes.Count);
        // What comes behind a line there was no room for is dropped too, however short: nobody looks for lines in it any more.
        Assert.Equal(12, Run(Cat, string.Concat(Enumerable.Repeat(new string('x', 4000) + "\n", 13)) + "short\n").Logs.Count);
        Assert.Equal("\uFFFD\uFFFD", Run(Cat, [0xff, 0]).Logs.Single().Text);
    }

    [Fact]
    public void What_a_program_moves_is_paid_in_fuel()
    {
        var once = Program($"{Call("fd_read", 0, 0, 1, 4)} drop {Call("fd_write", 1, 0, 1, 8)} drop", """(data (i32.const 0) "\00\00\01\00\00\00\01\00")""");
        long Fuel(int bytes) => Run(once, new string('x', bytes)).FuelUsed;

        // How much was read lands on the list's entry, so that is what is written.
        Assert.Equal(Fuel(800) + (2 * 100), Fuel(1600));

        using var cell = cells.Boot(cells.Engine, Compiled(Cat));
        var starved = Deliver(cell, NewStore(), TaskEvent(new string('x', 40_000)) with { Fuel = 6_000 });
        Assert.Equal((ActionStatus.Aborted, AbortCodes.FuelSlice), (starved.Status, starved.Code));
        var random = Run(Program($"(drop {Call("random_get", 0, 0x100000)})"), "");
        Assert.InRange(random.FuelUsed, 12 * 0x100000, (12 * 0x100000) + 200);
    }

    [Fact]
    public void A_program_may_use_the_calls_of_a_cell_beside_and_its_own_conclusion_counts()
    {
        const string imports = """
            (import "vx" "complete" (func $complete (param i32 i32) (result i32)))
            (import "vx" "emit" (func $emit (param i32 i32 i32 i32) (result i32)))
            """;
        const string data = """(data (i32.const 512) "note")""";
        var concluded = $"(drop (call $emit (i32.const 512) (i32.const 4) (i32.const 512) (i32.const 2))) {Write(1, 512, 4)} (drop (call $complete (i32.const 513) (i32.const 2)))";

        var outcome = Run(Program(concluded, data, imports), "");
        Assert.Equal((ActionStatus.Completed, "ot", "note"), (outcome.Status, ResultText(outcome), Assert.Single(outcome.Emits).Name));

        var aborted = Run(Program($"{concluded} {Call("proc_exit", 3)}", data, imports), "");
        Assert.Equal((ActionStatus.Aborted, AbortCodes.NonzeroReturn), (aborted.Status, aborted.Code));
    }

    [Fact]
    public void A_program_has_no_other_event_than_its_task_and_runs_once()
    {
        using var cell = cells.Boot(cells.Engine, Compiled(Cat));
        var store = NewStore();

        Assert.Equal((ActionStatus.Returned, 0L), (Deliver(cell, store, StartEvent()).Status, Deliver(cell, store, ResumeEvent()).FuelUsed));
        Assert.Equal(ActionStatus.Completed, Deliver(cell, store, TaskEvent("x")).Status);
        Assert.True(cell.IsDead);
    }

    [Fact]
    public void The_start_of_a_cell_is_never_called()
    {
        // Of version 1: a module with the exports of a cell could always have any export of that name.
        using var cell = cells.Boot(cells.CompileText(Guests.Module($"{Guests.Base} (func (export \"_start\") (param i64) unreachable)")));

        Assert.Equal(AbortCodes.MissingHandler, Deliver(cell, NewStore(), TaskEvent("x")).Code);
    }

    [Fact]
    public void A_program_is_admitted_as_of_abi_1()
    {
        var verdict = cells.Engine.Admit(Sample("count"), AdmissionLimits.Default);

        Assert.Equal((true, 1), (verdict.Admitted, verdict.AbiVersion));
        Assert.Contains("wasi_snapshot_preview1.fd_write", verdict.Imports);
    }

    /// <summary>Copies standard input to standard error, 512 bytes at a time.</summary>
    private static byte[] Cat => Program("""
        (loop $again
          (i32.store (i32.const 0) (i32.const 512)) (i32.store (i32.const 4) (i32.const 512))
          (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 4)))
          (if (i32.load (i32.const 4)) (then
            (drop (call $fd_write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8)))
            (br $again))))
        """);

    private static byte[] Sample(string name) => File.ReadAllBytes(Path.Combine(RepositoryRoot, "samples", "programs", name + ".wasm"));

    private readonly Dictionary<string, CellModule> _compiled = [];

    private CellModule Compiled(byte[] wasm)
    {
        var digest = Convert.ToHexString(SHA256.HashData(wasm));
        return _compiled.TryGetValue(digest, out var module) ? module : _compiled[digest] = Compile(cells.Engine, wasm);
    }

    private ActionOutcome Run(byte[] wasm, string input) => Run(wasm, Encoding.UTF8.GetBytes(input));

    private ActionOutcome Run(byte[] wasm, byte[] input)
    {
        using var cell = cells.Boot(cells.Engine, Compiled(wasm), Profile with { MemoryLimitBytes = 8 * 1024 * 1024 });
        return Deliver(cell, NewStore(), TaskEvent(input));
    }

    private static int[] Answers(ActionOutcome outcome)
    {
        Assert.Equal((ActionStatus.Completed, null), (outcome.Status, outcome.Code));
        return [.. outcome.Result.Chunk(4).Select(static bytes => BinaryPrimitives.ReadInt32LittleEndian(bytes))];
    }

    private static int Word(string text) => BinaryPrimitives.ReadInt32LittleEndian(Encoding.ASCII.GetBytes(text));
}
