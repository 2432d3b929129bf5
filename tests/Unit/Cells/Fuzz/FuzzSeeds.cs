using System.Text;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>The valid modules a fuzzer begins with: all guests of the tests, and small ones, which the compiler takes a millisecond for.</summary>
internal sealed class FuzzSeeds
{
    /// <summary>Larger ones take the compiler a tenth of a second and more: they come rarely.</summary>
    private const int LargestOften = 32 * 1024;

    /// <summary>What makes a guest do something, with a little fuel; each may be asked what is meant for another.</summary>
    private static readonly Dictionary<string, string[]> s_inputs = new()
    {
        [""] = ["", "the input"],
        ["agent"] = ["0 4 250 5 0", "2 4 0 3 1", "1 4 0 3 2"],
        ["busy"] = ["3"],
        ["idle"] = ["3", "5", "tell 1 3 5"],
        ["misbehave"] = ["count", "trap", "loop"],
        ["follow"] = ["follow * plain 7", "write 1 2 3", "steps 7 3 2", "read 0 9"],
        ["fetch"] = ["GET https://a.example/x tag=t", "every 3 https://a.example/", "POST https://a.example/ body=x repeat=9\nknock 3 https://b.example/", "raw={}"],
        ["history"] = ["once la 1 2;lr 1", "many 3 4 10 2"],
        ["events-as"] = ["decimals", "fields", "panic", "refuse", "memory", "follow"],
    };

    private readonly List<(string Name, byte[] Wasm)> _small =
    [
        .. s_texts.Select(static text => ("", CellFixture.Text(text))),
        ("", ProgramGuests.Asking([ProgramGuests.Call("random_get", 0, 8), ProgramGuests.Call("clock_time_get", 0, 0, 16), ProgramGuests.Call("fd_write", 1, 0, 1, 8)])),
    ];

    private readonly List<(string Name, byte[] Wasm)> _guests = [];
    private readonly List<(string Name, byte[] Wasm)> _large = [];

    public FuzzSeeds()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(CellFixture.RepositoryRoot, "tests", "Guests", "bin"), "*.wasm").Order(StringComparer.Ordinal))
        {
            var wasm = File.ReadAllBytes(file);
            (wasm.Length <= LargestOften ? _guests : _large).Add((Path.GetFileNameWithoutExtension(file), wasm));
        }

        All = [.. _small.Concat(_guests).Select(static seed => seed.Wasm)];
    }

    /// <summary>To take pieces from.</summary>
    public IReadOnlyList<byte[]> All { get; }

    public (string Name, byte[] Wasm) Module(Random random)
    {
        var from = random.Next(100) switch { 0 => _large, < 50 => _guests, _ => _small };
        return from[random.Next(from.Count)];
    }

    /// <summary>Mostly something the guest understands, now and then what another does, or noise.</summary>
    public byte[] Input(Random random, string guest)
    {
        if (random.Next(8) == 0)
        {
            var noise = new byte[random.Next(300)];
            random.NextBytes(noise);
            return noise;
        }

        var name = random.Next(4) > 0 ? guest : s_inputs.Keys.ElementAt(random.Next(s_inputs.Count));
        var inputs = s_inputs.GetValueOrDefault(name, s_inputs[""]);
        return Encoding.ASCII.GetBytes(inputs[random.Next(inputs.Length)]);
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
            (import "vx" "http_begin" (func $ask (param i32 i32 i32 i32) (result i32)))
            (import "vx" "reply_read" (func $read (param i32 i32) (result i32)))
            (import "vx" "complete" (func $complete (param i32 i32) (result i32)))
            (memory (export "memory") 1) (data (i32.const 64) "{\"method\":\"GET\",\"url\":\"https://a.example/\"}")
            (func (export "vx_abi_version") (result i32) i32.const 1)
            (func (export "vx_alloc") (param i32) (result i32) i32.const 4096)
            (func (export "on_task") (param i32 i32 i32 i32) (result i32)
              (drop (call $ask (i32.const 64) (i32.const 43) (i32.const 64) (i32.const 4))) i32.const 0)
            (func (export "on_reply") (param i32 i32) (result i32)
              (call $complete (i32.const 256) (i32.add (call $read (i32.const 256) (i32.const 7)) (call $read (i32.const 263) (i32.const 200)))))
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
}
