using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Voxeltron.Cells;
using Voxeltron.Cosmictron;
using Voxeltron.Kernel;

namespace Voxeltron.Benchmarks;

/// <summary>
/// What a call from guest to host costs, in the bench's own process and engine: a guest calls one import <see cref="CallsPerEvent"/> times in an event,
/// and another only runs the loop. The difference, by calls, is one figure; a single call is too short for any clock.
/// </summary>
internal sealed class HostCallRuns : IDisposable
{
    private const int CallsPerEvent = 20_000;
    private const int WarmUpEvents = 50;
    private const string Loop = "loop";

    private static readonly CellProfile s_profile = new("bench", 1 << 20, 100_000_000_000, 16, 100_000_000_000);

    // What each call is, with one value dropped: a row of 64 bytes is there under the key.
    private static readonly (string Name, string Code)[] s_calls =
    [
        (Loop, "(i32.const 0)"),
        ("now", "(i32.wrap_i64 (call $now))"),
        ("state_get", "(call $get (i32.const 1024) (i32.const 4) (i32.const 1040) (i32.const {0}) (i32.const 2048) (i32.const 256))"),
        ("state_put", "(call $put (i32.const 1024) (i32.const 4) (i32.const 1104) (i32.const {1}))"),
    ];

    private readonly CellEngine _engine = new(new CellEngineOptions { MaxCells = 8 });
    private readonly MissionStore _store = new(
        [new TableSchema("slot", [new("id", ColumnType.Int64), new("n", ColumnType.Int64), new("pad", ColumnType.Bytes)], ["id"])], StoreLimits.Default);

    /// <returns>Nanoseconds a call by import, the loop's own taken off.</returns>
    public JsonObject Run(int events)
    {
        var times = s_calls.ToDictionary(static call => call.Name, call => Measure(call.Code, events));
        var loop = new Distribution(times[Loop]).P50;
        var figures = new JsonObject();
        foreach (var (name, all) in times.Where(static pair => pair.Key != Loop))
        {
            figures[name] = Figures.Latency(new Distribution(all.Select(ns => ns - loop)));
        }

        return figures;
    }

    public void Dispose() => _engine.Dispose();

    private double[] Measure(string code, int events)
    {
        using var module = Module(code);
        using var cell = Cell.Boot(_engine, module, new CellId(Guid.NewGuid()), s_profile, new BootClock(TimeProvider.System));
        var times = new double[events];
        for (var i = -WarmUpEvents; i < events; i++)
        {
            var transaction = _store.Begin("bench");
            var began = Ticks.Now;
            var outcome = cell.Deliver(new CellEvent(CellEventKind.Task, "{}"u8.ToArray(), default, 0, new NoSeed()), transaction);
            var took = Ticks.Seconds(began, Ticks.Now);
            transaction.Commit();
            if (outcome.Status != ActionStatus.Returned)
            {
                throw new VoxeltronException("bench_call_failed", $"The guest that calls ended as {outcome.Status}: {outcome.Code} {outcome.Message}");
            }

            if (i >= 0)
            {
                times[i] = took * 1e9 / CallsPerEvent;
            }
        }

        return times;
    }

    private CellModule Module(string code)
    {
        var key = new TupleBuilder().Int64(7).ToArray();
        var row = new TupleBuilder().Int64(7).Int64(1).Bytes(new byte[39]).ToArray();
        // A status below zero means the call did nothing: the handler says so.
        var wasm = Wasmtime.Module.ConvertText($$"""
            (module
              (import "vx" "now" (func $now (result i64)))
              (import "vx" "state_get" (func $get (param i32 i32 i32 i32 i32 i32) (result i32)))
              (import "vx" "state_put" (func $put (param i32 i32 i32 i32) (result i32)))
              (memory (export "memory") 1)
              (data (i32.const 1024) "slot") (data (i32.const 1040) "{{Hex(key)}}") (data (i32.const 1104) "{{Hex(row)}}")
              (func (export "vx_abi_version") (result i32) i32.const 1)
              (func (export "vx_alloc") (param i32) (result i32) i32.const 4096)
              (func (export "on_task") (param i32 i32 i32 i32) (result i32) (local $left i32)
                (drop (call $put (i32.const 1024) (i32.const 4) (i32.const 1104) (i32.const {{row.Length}})))
                (local.set $left (i32.const {{CallsPerEvent}}))
                (loop $again
                  (if (i32.lt_s {{string.Format(CultureInfo.InvariantCulture, code, key.Length, row.Length)}} (i32.const 0)) (then (return (i32.const 1))))
                  (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
                i32.const 0))
            """);
        return _engine.Compile(wasm, ModuleDigest.Of(wasm));
    }

    private static string Hex(byte[] bytes)
    {
        var text = new StringBuilder(bytes.Length * 3);
        foreach (var one in bytes)
        {
            text.Append(CultureInfo.InvariantCulture, $"\\{one:x2}");
        }

        return text.ToString();
    }

    private sealed class NoSeed : ISeedSource
    {
        public byte[] Seed() => new byte[32];
    }
}
