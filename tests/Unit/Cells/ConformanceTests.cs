using System.Security.Cryptography;
using Voxeltron.Cells;
using Xunit;
using static Voxeltron.Tests.Unit.Cells.CellFixture;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>A real C guest calls every import in every way; the answers are held here, one by one.</summary>
public sealed class ConformanceTests(CellFixture cells) : IClassFixture<CellFixture>
{
    private const string Expected = """
        growth=1
        put.new=0
        put.other=0
        put.again=0
        put.no_table=-2
        put.bad_tuple=-3
        put.bad_memory=-4
        put.negative_length=-4
        put.too_large=-5
        get.whole=26
        get.same_bytes=0
        get.short=26
        get.short_untouched=85
        get.length_only=26
        get.not_found=-1
        get.no_table=-2
        get.bad_tuple=-3
        get.bad_out=-4
        get.bad_key=-4
        delete.not_found=-1
        delete.bad_memory=-4
        delete.no_table=-2
        typed.put=0
        typed.get=0
        typed.decimal=-1250
        typed.timestamp=1780000000000000
        typed.json_canonical=1
        typed.read_well=1
        typed.decimal_most=0
        typed.decimal_over=-3
        typed.timestamp_over=-3
        typed.json_name_twice=-3
        typed.json_half=-3
        typed.json_inexact=-3
        index.conflict=-10
        index.get=0
        index.get_key=97
        index.get_not_unique=-8
        index.get_bad_tuple=-3
        index.put=-2
        index.no_index=-2
        index.scan_first=1
        index.scan_first_key=98
        index.scan_second=1
        index.scan_second_key=97
        index.scan_end=0
        index.scan_prefix=1
        index.scan_prefix_end=0
        index.delete=0
        index.get_deleted=-1
        own.get=-1
        own.put=0
        scan.handle=1
        scan.short=26
        scan.first=26
        scan.first_key=97
        scan.second=26
        scan.second_key=98
        scan.end=0
        scan.bad_out=-4
        scan.close=0
        scan.close_again=-8
        scan.next_closed=-8
        scan.next_never=-8
        scan.close_negative=-8
        scan.no_table=-2
        scan.bad_memory=-4
        scan.open_at_once=16
        scan.over_limit=-6
        delete.found=0
        emit.ok=0
        emit.empty_value=0
        emit.bad_name=-8
        emit.no_name=-8
        emit.bad_memory=-4
        emit.too_large=-5
        emit.all_together=-6
        log.bad_level=-8
        log.level_zero=-8
        log.bad_memory=-4
        log.too_large=-5
        !
        log.not_utf8=0
        now.is_the_events=1
        random.ok=0
        random.goes_on=0
        random.nothing=0
        random.bad_memory=-4
        random.too_large=-5
        timer.ok=1
        timer.no_tag=2
        timer.negative=-8
        timer.too_far=-8
        timer.bad_tag=-8
        timer.long_tag=-8
        timer.bad_memory=-4
        timer.open_at_once=64
        timer.over_limit=-6
        view_read=-7
        subscribe=-7
        http_begin=-7
        model_begin=-7
        gate_begin=-7
        task_spawn=-7
        fail.bad_code=-8
        fail.no_code=-8
        fail.bad_memory=-4
        fail.too_large=-5
        complete.bad_memory=-4
        complete.too_large=-5
        complete.ok=0
        complete.twice=-8
        fail.after_complete=-8
        """;

    [Fact]
    public void Every_import_answers_as_the_abi_says()
    {
        using var cell = cells.Boot("conform");
        var store = NewStore();

        var outcome = Deliver(cell, store, TaskEvent("the input"));

        Assert.Equal(Expected.ReplaceLineEndings("\n").Replace("\n!\n", "\n\uFFFD!\n"), string.Join('\n', outcome.Logs.Select(log => log.Text)));
        Assert.Equal((ActionStatus.Completed, "the input"), (outcome.Status, ResultText(outcome)));
        Assert.Equal(["note", "note.empty-1", "random"], outcome.Emits.Select(emit => emit.Name));
        Assert.Equal("abc"u8.ToArray(), outcome.Emits[0].Value);
        Assert.Equal(["a"], store.Rows("item").Select(row => row[0]));
        Assert.Empty(store.Rows("typed"));
        Assert.Equal([("t/r-1", "k")], store.Rows("own").Select(row => (row.Cell, (string)row[0]!)));
        Assert.Equal(CellLogLevel.Debug, outcome.Logs.Single(log => log.Text == "\uFFFD!").Level);
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

    [Fact]
    public void A_cell_finds_the_rows_of_its_task_and_those_of_no_other()
    {
        using var cell = cells.Boot("conform");
        var store = NewStore();
        string OwnGet(string task) => Deliver(cell, store, TaskEvent("x"), task).Logs.Single(log => log.Text.StartsWith("own.get=", StringComparison.Ordinal)).Text;

        Assert.Equal(["own.get=-1", "own.get=0", "own.get=-1"], new[] { "t/r-1", "t/r-1", "t/r-2" }.Select(OwnGet));
    }

    [Fact]
    public void Randomness_is_the_counter_stream_of_the_seed_across_calls()
    {
        using var cell = cells.Boot("conform");

        var random = Deliver(cell, NewStore(), TaskEvent("x")).Emits.Single(emit => emit.Name == "random").Value;

        var expected = SHA256.HashData([.. Seed, 0, 0, 0, 0, 0, 0, 0, 0]).Concat(SHA256.HashData([.. Seed, 0, 0, 0, 0, 0, 0, 0, 1]));
        Assert.Equal(expected.Take(40), random);
    }

    [Fact]
    public void A_second_event_draws_the_same_randomness_from_the_same_seed_and_starts_with_no_scans_open()
    {
        using var cell = cells.Boot("conform");
        var store = NewStore();

        var first = Deliver(cell, store, TaskEvent("x"));
        var second = Deliver(cell, store, TaskEvent("x"));

        Assert.Equal(first.Emits[^1].Value, second.Emits[^1].Value);
        Assert.Contains("scan.open_at_once=16", second.Logs.Select(log => log.Text));
    }

    [Fact]
    public void On_start_may_write_state_but_not_conclude_a_task()
    {
        using var cell = cells.Boot("conform");

        var outcome = Deliver(cell, NewStore(), StartEvent());

        Assert.Equal(ActionStatus.Returned, outcome.Status);
        Assert.Equal(["start.complete=-9", "start.fail=-9", "start.timer=-9", "start.put=0", "start.delete=0"], outcome.Logs.Select(log => log.Text));
        Assert.True(cell.Stages.TotalUs >= cell.Stages.OnStartUs + cell.Stages.InstantiateUs);
        Assert.True(cell.Stages.OnStartUs > 0);
    }

    [Fact]
    public void On_resume_runs_where_a_module_has_one()
    {
        using var cell = cells.Boot("conform");

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

    [Fact]
    public void An_import_used_outside_a_handler_answers_not_active()
    {
        // vx_alloc asks for a scan and hands out the answer as part of an address; -9 + 1009 = 1000.
        using var cell = cells.Boot(cells.CompileText("""
            (module
              (import "vx" "state_scan" (func $scan (param i32 i32 i32 i32) (result i32)))
              (import "vx" "complete" (func $complete (param i32 i32) (result i32)))
              (memory (export "memory") 1)
              (func (export "vx_abi_version") (result i32) i32.const 1)
              (func (export "vx_alloc") (param i32) (result i32)
                (i32.add (i32.const 1009) (call $scan (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))))
              (func (export "on_task") (param i32 i32 i32 i32) (result i32)
                (i32.store (i32.const 0) (local.get 2))
                (call $complete (i32.const 0) (i32.const 4))))
            """));

        Assert.Equal(BitConverter.GetBytes(1000), Deliver(cell, NewStore(), TaskEvent("x")).Result);
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
