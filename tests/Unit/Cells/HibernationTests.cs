using System.Globalization;
using System.Text;
using Voxeltron.Cells;
using Xunit;
using Xunit.Abstractions;
using static Voxeltron.Tests.Unit.Cells.CellFixture;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>
/// Goal: a cell that was captured and woken goes on as if it had never slept. Method: two cells get the same events and one of them
/// sleeps in between; outcomes, fuel, logs and in the end every byte of memory must be those of the other.
/// </summary>
public sealed class HibernationTests(CellFixture cells, ITestOutputHelper output) : IClassFixture<CellFixture>
{
    private const int Events = 1_000;

    [Fact]
    public void A_thousand_further_events_are_equal_to_the_last_byte()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var module = cells.Module("keeper");
        using var awake = cells.Boot(module);
        var sleeper = cells.Boot(module);
        var stores = (NewStore(), NewStore());
        var sizes = new List<int>();
        for (var i = 0; i <= Events; i++)
        {
            var evt = i == 0 ? TaskEvent("1") : Timer(random.Next(), i);
            AssertSame(Deliver(awake, stores.Item1, evt), Deliver(sleeper, stores.Item2, evt), $"event {i}, seed {seed}");
            if (random.Next(4) == 0)
            {
                sleeper = Sleep(module, sleeper, sizes);
            }
        }

        Assert.True(awake.MemoryOf().SequenceEqual(sleeper.MemoryOf()), $"The memories differ; seed {seed}.");
        output.WriteLine($"slept {sizes.Count} times, images of {sizes.Min()} to {sizes.Max()} bytes, memory of {awake.MemoryOf().Length}");
        Assert.True(awake.MemoryOf().Length > module.InitialMemoryBytes, "The guest was to grow its memory.");
        sleeper.Dispose();
    }

    [Theory]
    [InlineData("i32", "i32.const 7", "i32.const 3", "i32.add", "i64.extend_i32_s")]
    [InlineData("i64", "i64.const -9223372036854775808", "i64.const 5", "i64.add", "")]
    [InlineData("f32", "f32.const 0.25", "f32.const 0.1", "f32.add", "i32.reinterpret_f32 i64.extend_i32_s")]
    [InlineData("f64", "f64.const 0.1", "f64.const 1.5", "f64.mul", "i64.reinterpret_f64")]
    [InlineData("v128", "v128.const i64x2 1 -1", "v128.const i64x2 3 4", "i64x2.add", "i64x2.extract_lane 1")]
    public void Globals_of_every_kind_come_back(string type, string begin, string step, string operation, string asInt64)
    {
        // Each event steps the global and, by its fuel, tells nothing of it: the memory does.
        using var module = cells.CompileText(Guests.Module($"""
            (import "vx" "timer_begin" (func $timer (param i64 i32 i32) (result i32)))
            {Guests.Base}
            (global $fixed i32 (i32.const 1))
            (global $kept (mut {type}) ({begin}))
            (func $turn (result i32)
              (global.set $kept ({operation} (global.get $kept) ({step})))
              (i64.store (i32.const 64) {Wrap(asInt64, "global.get $kept")})
              (drop (call $timer (i64.const 1) (i32.const 0) (i32.const 0))) (i32.const 0))
            (func (export "on_task") (param i32 i32 i32 i32) (result i32) (call $turn))
            (func (export "on_timer") (param i32 i32) (result i32) (call $turn))
            """));
        Assert.Null(module.NotCaptured);
        using var awake = cells.Boot(module);
        var sleeper = cells.Boot(module);
        for (var i = 0; i < 20; i++)
        {
            var evt = i == 0 ? TaskEvent("1") : Timer(i, i);
            AssertSame(Deliver(awake, NewStore(), evt), Deliver(sleeper, NewStore(), evt), $"event {i}");
            Assert.True(awake.MemoryOf().SequenceEqual(sleeper.MemoryOf()), $"event {i}");
            sleeper = Sleep(module, sleeper, []);
        }

        sleeper.Dispose();
    }

    [Theory]
    [InlineData("agent")]
    [InlineData("idle")]
    [InlineData("follow")]
    [InlineData("conform")]
    [InlineData("conform-rust")]
    [InlineData("conform-as")]
    [InlineData("keeper")]
    public void What_our_toolchains_make_can_be_captured(string guest) => Assert.Null(cells.Module(guest).NotCaptured);

    [Theory]
    [InlineData("(table.set $t (i32.const 0) (ref.null func))", CaptureCodes.TableChanges, "table.set")]
    [InlineData("(drop (table.grow $t (ref.null func) (i32.const 1)))", CaptureCodes.TableChanges, "table.grow")]
    [InlineData("(table.fill $t (i32.const 0) (ref.null func) (i32.const 1))", CaptureCodes.TableChanges, "table.fill")]
    [InlineData("(table.copy $t $t (i32.const 0) (i32.const 0) (i32.const 1))", CaptureCodes.TableChanges, "table.copy")]
    [InlineData("(table.init $t $e (i32.const 0) (i32.const 0) (i32.const 1))", CaptureCodes.TableChanges, "table.init")]
    [InlineData("(elem.drop $e)", CaptureCodes.SegmentDrops, "elem.drop")]
    [InlineData("(data.drop $d)", CaptureCodes.SegmentDrops, "data.drop")]
    public void A_module_that_changes_what_no_image_holds_is_classified_by_name(string code, string expected, string names)
    {
        using var module = cells.CompileText(Guests.Module($"""
            {Guests.Base}
            (table $t 2 4 funcref) (elem $e func $f) (data $d "x") (func $f)
            (func (export "on_task") (param i32 i32 i32 i32) (result i32)
              (v128.store (i32.const 0) (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 (v128.const i64x2 1 2) (v128.const i64x2 1 2)))
              {code} i32.const 0)
            """));
        Assert.Equal(expected, module.NotCaptured?.Code);
        Assert.Contains(names, module.NotCaptured!.Reason, StringComparison.Ordinal);
        using var cell = cells.Boot(module);
        Assert.False(cell.TryCapture(out _));
    }

    [Fact]
    public void A_reference_that_changes_and_a_name_of_ours_are_classified()
    {
        using var reference = cells.CompileText(Guests.Module($"{Guests.Base} (global (mut funcref) (ref.null func))"));
        Assert.Equal(CaptureCodes.ReferenceGlobal, reference.NotCaptured?.Code);
        using var taken = cells.CompileText(Guests.Module($"{Guests.Base} (global (mut i32) (i32.const 1)) (func (export \"vx:global:0\"))"));
        Assert.Equal(CaptureCodes.NameTaken, taken.NotCaptured?.Code);
    }

    [Fact]
    public void Every_instruction_of_the_features_that_are_on_is_walked()
    {
        // One function that holds an instruction of each form, the last one a table.set: found only if all before it were stepped over right.
        using var module = cells.CompileText(Guests.Module($$"""
            {{Guests.Base}}
            (table $t 2 funcref) (type $v (func)) (func $f) (elem declare func $f) (data $d "x")
            (func (export "on_task") (param i32 i32 i32 i32) (result i32) (local i64 f32 f64 v128 funcref)
              nop (block (loop (br_if 1 (i32.const 1)) (br_table 0 1 0 (i32.const 0)))) (block (result i32) (i32.const -5)) drop
              (if (i32.const 0) (then) (else unreachable))
              (call $f) (if (i32.const 0) (then (call_indirect $t (type $v) (i32.const 0))))
              (drop (select (i32.const 1) (i32.const 2) (i32.const 1))) (drop (select (result i64) (i64.const 1) (i64.const -2) (i32.const 1)))
              (local.set 4 (i64.const 0x7fffffffffffffff)) (drop (local.tee 5 (f32.const 1.5))) (drop (f64.const 1e300))
              (i64.store16 offset=65000 (i32.const 0) (i64.load32_u offset=128 (i32.const 0)))
              (drop (memory.size)) (drop (i32.trunc_sat_f64_s (f64.const 1))) (memory.fill (i32.const 0) (i32.const 0) (i32.const 1))
              (memory.copy (i32.const 0) (i32.const 0) (i32.const 1)) (if (i32.const 0) (then (memory.init $d (i32.const 0) (i32.const 0) (i32.const 1))))
              (drop (ref.is_null (ref.func $f))) (drop (ref.is_null (table.get $t (i32.const 0)))) (drop (table.size $t)) (drop (i64.extend8_s (i64.const 1)))
              (local.set 7 (v128.const i32x4 1 2 3 4)) (drop (i8x16.extract_lane_s 15 (local.get 7)))
              (local.set 7 (v128.load8_lane offset=3 1 (i32.const 0) (local.get 7))) (drop (v128.load32_zero (i32.const 0)))
              (drop (v128.load64_splat (i32.const 0))) (drop (f64x2.replace_lane 1 (local.get 7) (f64.const 1))) (drop (i32x4.dot_i16x8_s (local.get 7) (local.get 7)))
              (drop (f64x2.promote_low_f32x4 (local.get 7)))
              (table.set $t (i32.const 0) (ref.null func)) (return (i32.const 0)))
            """));
        Assert.Equal(CaptureCodes.TableChanges, module.NotCaptured?.Code);
    }

    [Fact]
    public void Damaged_bytes_wake_nobody_and_leave_no_place_taken()
    {
        var module = cells.Module("keeper");
        using var cell = cells.Boot(module);
        Deliver(cell, NewStore(), TaskEvent("5"));
        Assert.True(cell.TryCapture(out var image));
        var bytes = image.Bytes.ToArray();
        image.Dispose();
        var live = cells.Engine.CellsLive;
        foreach (var damaged in new[] { bytes[..2], bytes[..^1], [.. bytes, 1], Changed(bytes, 3, 0xFF), Changed(bytes, bytes.Length - 1, 0)[..(bytes.Length - 64)] })
        {
            var fault = Assert.Throws<CellBootException>(() => Cell.Wake(cells.Engine, module, cell.Id, Profile, new BootClock(TimeProvider.System), damaged));
            Assert.Equal("image_unusable", fault.FaultCode);
        }

        Assert.Equal(live, cells.Engine.CellsLive);
    }

    [Fact]
    public void An_image_holds_what_differs_and_not_what_was_only_read()
    {
        // A recycled slot's first pages are the process's own though nothing of them differs: they must not be in it either.
        using var module = cells.CompileText(Guests.Module($"""
            {Guests.Base} (data (i32.const 1024) "the module's own")
            (func (export "on_task") (param i32 i32 i32 i32) (result i32)
              (drop (i32.load (i32.const 20000))) (i32.store (i32.const 40000) (i32.const 1)) (i32.store (i32.const 1024) (i32.load (i32.const 1024))) i32.const 0)
            """));
        for (var round = 0; round < 3; round++)
        {
            using var cell = cells.Boot(module);
            Deliver(cell, NewStore(), TaskEvent(""));
            Assert.True(cell.TryCapture(out var image));
            // The envelope at 4096 (vx_alloc), and one block at 40000.
            Assert.InRange(image.Bytes.Length, 4 + 12 + 64, 4 + (2 * 12) + (8 * 64));
            image.Dispose();
        }
    }

    private static string Wrap(string operations, string inner) => operations.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Aggregate($"({inner})", static (wrapped, operation) => int.TryParse(operation, out _) ? wrapped : $"({operation} {wrapped})")
        .Replace("(i64x2.extract_lane (", "(i64x2.extract_lane 1 (", StringComparison.Ordinal);

    private static byte[] Changed(byte[] bytes, int at, byte value)
    {
        var changed = bytes.ToArray();
        changed[at] = value;
        return changed;
    }

    private Cell Sleep(CellModule module, Cell cell, List<int> sizes)
    {
        Assert.True(cell.TryCapture(out var image));
        var bytes = image.Bytes.ToArray();
        image.Dispose();
        cell.Dispose();
        sizes.Add(bytes.Length);
        return Cell.Wake(cells.Engine, module, cell.Id, cell.Profile, new BootClock(TimeProvider.System), bytes);
    }

    private static void AssertSame(ActionOutcome expected, ActionOutcome actual, string where)
    {
        Assert.True(expected.Status == ActionStatus.Waiting, $"{where}: {expected.Code} {expected.Message}");
        Assert.Equal((where, expected.Status, expected.Code, expected.FuelUsed), (where, actual.Status, actual.Code, actual.FuelUsed));
        Assert.Equal(expected.Logs, actual.Logs);
        Assert.Equal(expected.Timers, actual.Timers);
    }

    private static CellEvent Timer(int tag, int tickets) => new(
        CellEventKind.Timer, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"event":"timer","tag":"{{tag}}","ticket":1}""")), default, NowUs,
        new FixedSeed(Seed), new TicketState(tickets, 0));
}
