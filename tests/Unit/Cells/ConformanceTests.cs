using System.Security.Cryptography;
using Voxeltron.Cells;
using Voxeltron.Cosmictron;
using Xunit;
using static Voxeltron.Tests.Unit.Cells.CellFixture;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>
/// A real guest calls every import in every way, the same in C and over each language's SDK; tests/Guests/conform.txt has the answers,
/// one by one, and they are the same for all.
/// </summary>
public sealed class ConformanceTests(CellFixture cells) : IClassFixture<CellFixture>
{
    private static readonly string[] s_expected = File.ReadAllLines(Path.Combine(RepositoryRoot, "tests", "Guests", "conform.txt"));

    /// <summary>The guests that ask, one a language.</summary>
    public static TheoryData<string> Languages => ["conform", "conform-rust", "conform-as"];

    private static readonly string s_longestName = Repeat("0123456789", 6) + "0123";

    [Theory]
    [MemberData(nameof(Languages))]
    public void Every_import_answers_as_the_abi_says(string guest)
    {
        using var cell = cells.Boot(guest);
        var store = NewStore();

        var outcome = Deliver(cell, store, TaskEvent("the input"));

        Assert.Equal(s_expected, outcome.Logs.Select(log => log.Text));
        Assert.Equal((ActionStatus.Completed, "the input"), (outcome.Status, ResultText(outcome)));
        Assert.Equal(["note", "note.empty-1", s_longestName, "random"], outcome.Emits.Select(emit => emit.Name));
        Assert.Equal("abc"u8.ToArray(), outcome.Emits[0].Value);
        Assert.Equal(["a"], store.Rows("item").Select(row => row[0]));
        Assert.Empty(store.Rows("typed"));
        Assert.Equal([("t/r-1", "k")], store.Rows("own").Select(row => (row.Cell, (string)row[0]!)));
        Assert.Equal(CellLogLevel.Debug, outcome.Logs.Single(log => log.Text == "\uFFFD!").Level);
    }

    public static TheoryData<string, string, string> Fillings
    {
        get
        {
            (string What, string Answer)[] fillings = [("emits", "256=-6"), ("emit bytes", "64=-6"), ("logs", "256=-6"), ("log bytes", "12=-6"), ("short rows", "100000=-6")];
            var all = new TheoryData<string, string, string>();
            foreach (var (what, answer) in fillings)
            {
                foreach (var guest in Languages)
                {
                    all.Add((string)guest, what, answer);
                }
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Fillings))]
    public void What_one_event_may_say_and_write_ends_at_the_documented_number(string guest, string what, string answer)
    {
        using var cell = cells.Boot(guest);

        Assert.Equal(answer, ResultText(Deliver(cell, NewStore(), TaskEvent(what))));
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void What_a_mission_may_hold_ends_at_its_limits(string guest)
    {
        using var cell = cells.Boot(guest);
        string Rows(StoreLimits limits) => ResultText(Deliver(cell, NewStore(limits), TaskEvent("rows")));

        Assert.Equal("10=-6", Rows(new StoreLimits { RowsPerMission = 10 }));
        Assert.Equal("0=-5", Rows(new StoreLimits { RowBytes = 33 }));
        Assert.Equal("10=-6", Rows(new StoreLimits { RowBytes = 34, RowsPerMission = 10 }));

        // A row is its tuple of 34 bytes, its key of 11 and a header of 12; as JSON at most 135 with its names.
        Assert.Equal("10=-6", Rows(new StoreLimits { TotalBytes = 10 * (34 + 11 + 12) }));
        Assert.Equal("9=-6", Rows(new StoreLimits { TotalBytes = (10 * (34 + 11 + 12)) - 1 }));
        Assert.Matches("^[1-9][0-9]?=-6$", Rows(new StoreLimits { WriteSetJsonBytes = 2_000 }));
    }

    /// <summary>Postgres reads no text with U+0000: one such line would break an auditor's query over all others.</summary>
    [Fact]
    public void What_a_cell_says_holds_no_U_0000()
    {
        using var module = cells.CompileText("""
            (module
              (import "vx" "log" (func $log (param i32 i32 i32) (result i32)))
              (import "vx" "fail" (func $fail (param i32 i32 i32 i32) (result i32)))
              (memory (export "memory") 1)
              (data (i32.const 16) "a\00b")
              (data (i32.const 32) "code")
              (func (export "vx_abi_version") (result i32) i32.const 1)
              (func (export "vx_alloc") (param i32) (result i32) i32.const 4096)
              (func (export "on_task") (param i32 i32 i32 i32) (result i32)
                (drop (call $log (i32.const 3) (i32.const 16) (i32.const 3)))
                (drop (call $fail (i32.const 32) (i32.const 4) (i32.const 16) (i32.const 3)))
                i32.const 0))
            """);
        using var cell = cells.Boot(cells.Engine, module);

        var outcome = Deliver(cell, NewStore(), TaskEvent(""));

        Assert.Equal((ActionStatus.Refused, "code", "a\uFFFDb"), (outcome.Status, outcome.Code, outcome.Message));
        Assert.Equal("a\uFFFDb", Assert.Single(outcome.Logs).Text);
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void A_cell_finds_the_rows_of_its_task_and_those_of_no_other(string guest)
    {
        using var cell = cells.Boot(guest);
        var store = NewStore();
        string OwnGet(string task) => Deliver(cell, store, TaskEvent("x"), task).Logs.Single(log => log.Text.StartsWith("own.get=", StringComparison.Ordinal)).Text;

        Assert.Equal(["own.get=-1", "own.get=0", "own.get=-1"], new[] { "t/r-1", "t/r-1", "t/r-2" }.Select(OwnGet));
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void Randomness_is_the_counter_stream_of_the_seed_across_calls(string guest)
    {
        using var cell = cells.Boot(guest);

        var random = Deliver(cell, NewStore(), TaskEvent("x")).Emits.Single(emit => emit.Name == "random").Value;

        var expected = SHA256.HashData([.. Seed, 0, 0, 0, 0, 0, 0, 0, 0]).Concat(SHA256.HashData([.. Seed, 0, 0, 0, 0, 0, 0, 0, 1]));
        Assert.Equal(expected.Take(40), random);
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void A_second_event_draws_the_same_randomness_from_the_same_seed_and_starts_with_no_scans_open(string guest)
    {
        using var cell = cells.Boot(guest);
        var store = NewStore();

        var first = Deliver(cell, store, TaskEvent("x"));
        var second = Deliver(cell, store, TaskEvent("x"));

        Assert.Equal(first.Emits[^1].Value, second.Emits[^1].Value);
        Assert.Contains("scan.open_at_once=16", second.Logs.Select(log => log.Text));
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void On_start_may_write_state_but_not_conclude_a_task(string guest)
    {
        using var cell = cells.Boot(guest);

        var outcome = Deliver(cell, NewStore(), StartEvent());

        Assert.Equal(ActionStatus.Returned, outcome.Status);
        Assert.Equal(["start.complete=-9", "start.fail=-9", "start.timer=-9", "start.http_begin=-7", "start.reply_read=-9", "start.subscribe=-9", "start.unsubscribe=-9", "start.view=1", "start.put=0", "start.delete=0"], outcome.Logs.Select(log => log.Text));
        Assert.True(cell.Stages.TotalUs >= cell.Stages.OnStartUs + cell.Stages.InstantiateUs);
        Assert.True(cell.Stages.OnStartUs > 0);
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public void On_resume_runs_where_a_module_has_one(string guest)
    {
        using var cell = cells.Boot(guest);

        Assert.Equal(["resumed=1"], Deliver(cell, NewStore(), ResumeEvent()).Logs.Select(log => log.Text));
    }

    [Fact]
    public void Without_on_resume_a_resumed_cell_gets_on_start()
    {
        using var cell = cells.Boot(cells.CompileText(Guests.Handler("on_start", "unreachable")));

        Assert.Equal(AbortCodes.Unreachable, Deliver(cell, NewStore(), ResumeEvent()).Code);
    }

    [Fact]
    public void A_module_without_handlers_starts_and_cannot_take_a_task()
    {
        using var cell = cells.Boot(cells.CompileText(Guests.Handler("on_delta", "i32.const 0")));
        var store = NewStore();

        Assert.Equal(ActionStatus.Returned, Deliver(cell, store, StartEvent()).Status);
        var outcome = Deliver(cell, store, TaskEvent("x"));
        Assert.Equal((ActionStatus.Aborted, AbortCodes.MissingHandler), (outcome.Status, outcome.Code));
    }

    private static string Repeat(string text, int times) => string.Concat(Enumerable.Repeat(text, times));

    /// <summary>An allocator is the guest's code too, but no event: it may read the time and nothing else.</summary>
    [Fact]
    public void An_import_used_outside_a_handler_answers_not_active()
    {
        const long NotActive = -9, Unavailable = -7;
        (string Name, int Numbers, long Answer)[] imports =
        [
            ("state_get", 6, NotActive), ("state_put", 4, NotActive), ("state_delete", 4, NotActive), ("state_scan", 4, NotActive),
            ("scan_next", 3, NotActive), ("scan_close", 1, NotActive), ("emit", 4, NotActive), ("log", 3, NotActive),
            ("random", 2, NotActive), ("timer_begin", 2, NotActive), ("complete", 2, NotActive), ("fail", 4, NotActive),
            ("view_read", 6, NotActive), ("subscribe", 4, NotActive), ("unsubscribe", 1, NotActive), ("delta_next", 2, NotActive), ("http_begin", 4, Unavailable), ("reply_read", 2, NotActive),
            ("model_begin", 2, Unavailable), ("gate_begin", 2, Unavailable), ("task_spawn", 4, Unavailable), ("now", 0, NowUs),
        ];
        var declared = imports.Select(static import =>
            $"(import \"vx\" \"{import.Name}\" (func ${import.Name} (param{(import.Name == "timer_begin" ? " i64" : "")}{Repeat(" i32", import.Numbers)}) (result {(import.Name == "now" ? "i64" : "i32")})))");
        var calls = imports.Select(static (import, i) =>
        {
            var call = $"(call ${import.Name}{(import.Name == "timer_begin" ? " (i64.const 0)" : "")}{Repeat(" (i32.const 0)", import.Numbers)})";
            return $"(i64.store (i32.const {8 * i}) {(import.Name == "now" ? call : $"(i64.extend_i32_s {call})")})";
        });
        using var module = cells.CompileText($$"""
            (module
              {{string.Join("\n  ", declared)}}
              (memory (export "memory") 1)
              (func (export "vx_abi_version") (result i32) i32.const 1)
              (func (export "vx_alloc") (param i32) (result i32)
                {{string.Join("\n    ", calls)}}
                i32.const 4096)
              (func (export "on_task") (param i32 i32 i32 i32) (result i32)
                (call $complete (i32.const 0) (i32.const {{8 * imports.Length}}))))
            """);
        using var cell = cells.Boot(module);

        var answers = Deliver(cell, NewStore(), TaskEvent("x")).Result;

        Assert.Equal(
            imports.Select(static import => (import.Name, import.Answer)),
            imports.Select((import, i) => (import.Name, BitConverter.ToInt64(answers, 8 * i))));
    }

    [Fact]
    public void Nan_bits_are_canonical_whatever_went_in()
    {
        // Signalling and payload NaNs and 0/0 through add, sub and div: one bit pattern comes out.
        using var cell = cells.Boot(cells.CompileText("""
            (module
              (import "vx" "complete" (func $complete (param i32 i32) (result i32)))
              (memory (export "memory") 1)
              (func (export "vx_abi_version") (result i32) i32.const 1)
              (func (export "vx_alloc") (param i32) (result i32) i32.const 4096)
              (func (export "on_task") (param i32 i32 i32 i32) (result i32)
                (f64.store (i32.const 0) (f64.div (f64.const 0) (f64.const 0)))
                (f64.store (i32.const 8) (f64.add (f64.const 1) (f64.reinterpret_i64 (i64.const 0xfff4dead0000beef))))
                (f64.store (i32.const 16) (f64.sub (f64.const inf) (f64.const inf)))
                (call $complete (i32.const 0) (i32.const 24))))
            """));

        var bits = Deliver(cell, NewStore(), TaskEvent("x")).Result;

        Assert.All(Enumerable.Range(0, 3), i => Assert.Equal(0x7ff8000000000000, BitConverter.ToInt64(bits, i * 8)));
    }
}
