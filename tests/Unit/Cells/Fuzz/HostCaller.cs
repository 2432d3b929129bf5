using System.Buffers.Binary;
using System.Text;
using Voxeltron.Cells;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>
/// Modules that call imports as the bytes they are given say: records of a byte (which import), a byte unused, two with a bit for each
/// argument that counts from where the records begin, and nine int64 arguments; 255 ends them. Made from the ABI's own list, so that no
/// import can be forgotten. Every answer, and the memory around them, is emitted at the end: it stands in what two runs must agree on.
/// </summary>
internal static class HostCaller
{
    public const int RecordBytes = 4 + (MostArguments * 8);
    public const int MostCalls = 40;

    /// <summary>Where a program reads its records to; a cell's lie wherever the bytes of its event are placed, near it.</summary>
    public const int RecordsAt = 8192;

    /// <summary>The name of the emit that holds the answers, each an int64, in order of the calls.</summary>
    public const string Answers = "answers";

    private const int MostArguments = 9;
    private const int AnswersAt = 1024;
    private const int EmittedBytes = 24_576;

    public static IReadOnlyList<(string Module, AbiImport Import)> CellImports { get; } = [.. AbiImports.All.Select(static import => (AbiImports.Module, import))];

    public static IReadOnlyList<(string Module, AbiImport Import)> ProgramImports { get; } =
        [.. WasiImports.All.Select(static import => (WasiImports.Module, import)), .. CellImports];

    /// <summary>A cell with a handler for every event.</summary>
    public static byte[] Cell() => Module(CellImports, $$"""
        (global $heap (mut i32) (i32.const {{RecordsAt}}))
        (func (export "vx_abi_version") (result i32) i32.const 1)
        (func (export "vx_alloc") (param $n i32) (result i32)
          (global.get $heap)
          (global.set $heap (i32.and (i32.add (i32.add (global.get $heap) (local.get $n)) (i32.const 15)) (i32.const -16))))
        (func (export "on_task") (param i32 i32 i32 i32) (result i32) (call $run (local.get 2)) (global.set $heap (i32.const {{RecordsAt}})) (i32.const 0))
        {{string.Join('\n', ((string[])["on_start", "on_timer", "on_delta", "on_reply", "on_resume"]).Select(static handler =>
            $"(func (export \"{handler}\") (param i32 i32) (result i32) (call $run (local.get 0)) (global.set $heap (i32.const {RecordsAt})) (i32.const 0))"))}}
        """);

    /// <summary>A program, which may import both modules.</summary>
    public static byte[] Program() => Module(ProgramImports, $$"""
        (func (export "_start")
          (i32.store (i32.const 0) (i32.const {{RecordsAt}})) (i32.store (i32.const 4) (i32.const 65536))
          (drop (call $wasi_snapshot_preview1.fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
          (call $run (i32.const {{RecordsAt}})))
        """);

    public static int Parameters(AbiImport import) => import.Signature.Parameters.Split(',', StringSplitOptions.RemoveEmptyEntries).Length;

    public static void Write(Span<byte> record, int which, int relative, ReadOnlySpan<long> arguments)
    {
        record[0] = (byte)which;
        BinaryPrimitives.WriteUInt16LittleEndian(record[2..], (ushort)relative);
        for (var i = 0; i < arguments.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(record[(4 + (8 * i))..], arguments[i]);
        }
    }

    private static byte[] Module(IReadOnlyList<(string Module, AbiImport Import)> imports, string more) => CellFixture.Text($$"""
        (module
          {{string.Join('\n', imports.Select(static import => $"(import \"{import.Module}\" \"{import.Import.Name}\" (func {Name(import)}{Types("param", import.Import.Signature.Parameters)}{Types("result", import.Import.Signature.Result)}))"))}}
          (memory (export "memory") 16)
          (data (i32.const 256) "{{Answers}}")
          (global $calls (mut i32) (i32.const 0))
          (func $answered (param $answer i64)
            (i64.store (i32.add (i32.const {{AnswersAt}}) (i32.mul (global.get $calls) (i32.const 8))) (local.get $answer))
            (global.set $calls (i32.add (global.get $calls) (i32.const 1))))
          (func $argument (param $at i32) (param $base i32) (param $i i32) (result i32)
            (i32.add (i32.load (i32.add (i32.add (local.get $at) (i32.const 4)) (i32.mul (local.get $i) (i32.const 8))))
              (i32.mul (local.get $base) (i32.and (i32.const 1) (i32.shr_u (i32.load16_u offset=2 (local.get $at)) (local.get $i))))))
          (func $run (param $base i32) (local $at i32) (local $which i32)
            (global.set $calls (i32.const 0)) (local.set $at (local.get $base))
            (block $end (loop $next
              (br_if $end (i32.ge_u (global.get $calls) (i32.const {{MostCalls}})))
              (local.set $which (i32.load8_u (local.get $at)))
              (br_if $end (i32.eq (local.get $which) (i32.const 255)))
              {{string.Join('\n', imports.Select(static (import, i) => $"(if (i32.eq (local.get $which) (i32.const {i})) (then {Call(import)}))"))}}
              (local.set $at (i32.add (local.get $at) (i32.const {{RecordBytes}})))
              (br $next)))
            (drop (call $vx.emit (i32.const 256) (i32.const {{Answers.Length}}) (i32.const {{AnswersAt}}) (i32.mul (global.get $calls) (i32.const 8))))
            (drop (call $vx.emit (i32.const 256) (i32.const 3) (i32.const 0) (i32.const {{EmittedBytes}}))))
          {{more}})
        """);

    private static string Call((string Module, AbiImport Import) import)
    {
        var arguments = import.Import.Signature.Parameters.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(static (type, i) => type == "i64"
            ? $"(i64.load offset={4 + (8 * i)} (local.get $at))"
            : $"(call $argument (local.get $at) (local.get $base) (i32.const {i}))");
        var call = $"(call {Name(import)} {string.Join(' ', arguments)})";
        return import.Import.Signature.Result switch
        {
            "" => $"{call} (call $answered (i64.const 0))",
            "i64" => $"(call $answered {call})",
            _ => $"(call $answered (i64.extend_i32_s {call}))",
        };
    }

    private static string Name((string Module, AbiImport Import) import) => $"${import.Module}.{import.Import.Name}";

    private static string Types(string what, string types) => types.Length == 0 ? "" : new StringBuilder().Append(" (").Append(what).Append(' ').Append(types.Replace(',', ' ')).Append(')').ToString();
}
