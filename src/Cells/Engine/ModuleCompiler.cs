using Voxeltron.Cells.Interop;

namespace Voxeltron.Cells;

/// <summary>
/// Turns a module into machine code that a <see cref="CellEngine"/> of the same fingerprint loads, and runs nothing. It has no pool, so it
/// needs no more address space than the compiler does: made for a process that is limited in all of it.
/// </summary>
public sealed unsafe class ModuleCompiler : IDisposable
{
    private readonly EngineHandle _engine;

    public ModuleCompiler()
    {
        var (config, fingerprint) = EngineConfig.Build(options: null);
        Fingerprint = fingerprint;
        _engine = new EngineHandle(Native.wasm_engine_new_with_config(config));
    }

    public string Fingerprint { get; }

    /// <returns>Null with the compiler's words when it does not take the module. The caller has inspected it: here nothing is checked.</returns>
    public CompiledArtifact? Compile(ReadOnlySpan<byte> wasm, out string? failure)
    {
        nint native;
        fixed (byte* bytes = wasm)
        {
            failure = NativeMessages.TakeError(Native.wasmtime_module_new(_engine, bytes, (nuint)wasm.Length, &native));
        }

        if (failure is not null)
        {
            return null;
        }

        using var module = new WasmModuleHandle(native);
        NativeVector artifact;
        failure = NativeMessages.TakeError(Native.wasmtime_module_serialize(module, &artifact));
        return failure is null ? new CompiledArtifact(artifact) : null;
    }

    public void Dispose() => _engine.Dispose();
}
