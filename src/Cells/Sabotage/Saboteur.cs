using Voxeltron.Cells.Interop;
using Voxeltron.Kernel;

namespace Voxeltron.Cells;

/// <summary>
/// The code of injected faults (ADR 18): a guest of ours, with one export a fault. It is instantiated in the place of a cell that a fault
/// was ordered for, under that cell's limits, so what happens is what happens to any guest that does the same, on every engine alike.
/// </summary>
internal sealed class Saboteur : IDisposable
{
    /// <summary>
    /// <code>
    /// (module
    ///   (import "vx_sabotage" "forbidden" (func $forbidden (result i32)))
    ///   (import "vx_sabotage" "slow" (func $slow (result i32)))
    ///   (memory (export "memory") 1)
    ///   (func (export "trap") (result i32) unreachable)
    ///   (func (export "endless_loop") (result i32) (loop br 0) unreachable)
    ///   (func (export "exhaust") (result i32) (loop i32.const 1 memory.grow i32.const -1 i32.ne br_if 0) i32.const 0)
    ///   (func (export "policy_breach") (result i32) call $forbidden)
    ///   (func (export "slow_host_call") (result i32) (loop call $slow drop br 0) unreachable))
    /// </code>
    /// </summary>
    private static ReadOnlySpan<byte> Wasm =>
    [
        0x00, 0x61, 0x73, 0x6D, 0x01, 0x00, 0x00, 0x00,
        // Types: () -> i32.
        0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7F,
        // Imports.
        0x02, 0x2C, 0x02,
        0x0B, (byte)'v', (byte)'x', (byte)'_', (byte)'s', (byte)'a', (byte)'b', (byte)'o', (byte)'t', (byte)'a', (byte)'g', (byte)'e',
        0x09, (byte)'f', (byte)'o', (byte)'r', (byte)'b', (byte)'i', (byte)'d', (byte)'d', (byte)'e', (byte)'n', 0x00, 0x00,
        0x0B, (byte)'v', (byte)'x', (byte)'_', (byte)'s', (byte)'a', (byte)'b', (byte)'o', (byte)'t', (byte)'a', (byte)'g', (byte)'e',
        0x04, (byte)'s', (byte)'l', (byte)'o', (byte)'w', 0x00, 0x00,
        // Functions, memory.
        0x03, 0x06, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x05, 0x03, 0x01, 0x00, 0x01,
        // Exports.
        0x07, 0x4B, 0x06,
        0x06, (byte)'m', (byte)'e', (byte)'m', (byte)'o', (byte)'r', (byte)'y', 0x02, 0x00,
        0x04, (byte)'t', (byte)'r', (byte)'a', (byte)'p', 0x00, 0x02,
        0x0C, (byte)'e', (byte)'n', (byte)'d', (byte)'l', (byte)'e', (byte)'s', (byte)'s', (byte)'_', (byte)'l', (byte)'o', (byte)'o', (byte)'p', 0x00, 0x03,
        0x07, (byte)'e', (byte)'x', (byte)'h', (byte)'a', (byte)'u', (byte)'s', (byte)'t', 0x00, 0x04,
        0x0D, (byte)'p', (byte)'o', (byte)'l', (byte)'i', (byte)'c', (byte)'y', (byte)'_', (byte)'b', (byte)'r', (byte)'e', (byte)'a', (byte)'c', (byte)'h', 0x00, 0x05,
        0x0E, (byte)'s', (byte)'l', (byte)'o', (byte)'w', (byte)'_', (byte)'h', (byte)'o', (byte)'s', (byte)'t', (byte)'_', (byte)'c', (byte)'a', (byte)'l', (byte)'l', 0x00, 0x06,
        // Code.
        0x0A, 0x30, 0x05,
        0x03, 0x00, 0x00, 0x0B,
        0x08, 0x00, 0x03, 0x40, 0x0C, 0x00, 0x0B, 0x00, 0x0B,
        0x10, 0x00, 0x03, 0x40, 0x41, 0x01, 0x40, 0x00, 0x41, 0x7F, 0x47, 0x0D, 0x00, 0x0B, 0x41, 0x00, 0x0B,
        0x04, 0x00, 0x10, 0x00, 0x0B,
        0x0B, 0x00, 0x03, 0x40, 0x10, 0x01, 0x1A, 0x0C, 0x00, 0x0B, 0x00, 0x0B,
    ];

    private readonly LinkerHandle _linker;
    private readonly CompiledModule _compiled;

    public Saboteur(CellEngine engine)
    {
        _linker = HostLinker.BuildSaboteur(engine.Handle);
        _compiled = CompiledModule.Compile(engine, Wasm, out var refusal, _linker) ?? throw new InvariantException($"The saboteur does not compile: {refusal?.Reason}");
    }

    public InstancePreHandle Pre => _compiled.Pre;

    public static ReadOnlySpan<byte> ExportOf(InjectedFault fault) => fault switch
    {
        InjectedFault.Trap => "trap"u8,
        InjectedFault.EndlessLoop => "endless_loop"u8,
        InjectedFault.Memory => "exhaust"u8,
        InjectedFault.PolicyBreach => "policy_breach"u8,
        InjectedFault.SlowHostCall => "slow_host_call"u8,
        _ => throw new InvariantException($"Fault '{fault.Word()}' is no event's."),
    };

    /// <summary>The guest's own bytes, for tests.</summary>
    internal static byte[] Bytes() => Wasm.ToArray();

    public void Dispose()
    {
        _compiled.Dispose();
        _linker.Dispose();
    }
}
