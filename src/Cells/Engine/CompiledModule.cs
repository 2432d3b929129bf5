using Voxeltron.Cells.Interop;

namespace Voxeltron.Cells;

/// <summary>Machine code of a module, linked to the imports once; instances are then made without any lookup.</summary>
internal sealed unsafe class CompiledModule(WasmModuleHandle module, InstancePreHandle pre) : IDisposable
{
    public InstancePreHandle Pre { get; } = pre;

    /// <summary>Null with a refusal when the engine does not take the module. Tens of milliseconds: never on a boot's path.</summary>
    public static CompiledModule? Compile(CellEngine engine, ReadOnlySpan<byte> wasm, out ModuleRefusal? refusal)
    {
        refusal = null;
        nint native;
        fixed (byte* bytes = wasm)
        {
            if (NativeMessages.TakeError(Native.wasmtime_module_new(engine.Handle, bytes, (nuint)wasm.Length, &native)) is { } error)
            {
                refusal = new(AdmissionCodes.CompileFailed, error);
                return null;
            }
        }

        var module = new WasmModuleHandle(native);
        if (NativeMessages.TakeError(Native.wasmtime_linker_instantiate_pre(engine.Linker, module, &native)) is { } unlinked)
        {
            module.Dispose();
            refusal = new(AdmissionCodes.UnknownImport, unlinked);
            return null;
        }

        return new CompiledModule(module, new InstancePreHandle(native));
    }

    public void Dispose()
    {
        Pre.Dispose();
        module.Dispose();
    }
}
