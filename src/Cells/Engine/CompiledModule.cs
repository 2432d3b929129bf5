using System.Text;
using Voxeltron.Cells.Interop;

namespace Voxeltron.Cells;

/// <summary>Machine code of a module, linked to the imports once; instances are then made without any lookup.</summary>
internal sealed unsafe class CompiledModule(WasmModuleHandle module, InstancePreHandle pre) : IDisposable
{
    public InstancePreHandle Pre { get; } = pre;

    /// <summary>Null with a refusal when the engine does not take the module. Tens of milliseconds: never on a boot's path.</summary>
    /// <param name="linker">Null: the engine's.</param>
    public static CompiledModule? Compile(CellEngine engine, ReadOnlySpan<byte> wasm, out ModuleRefusal? refusal, LinkerHandle? linker = null)
    {
        nint native;
        fixed (byte* bytes = wasm)
        {
            if (NativeMessages.TakeError(Native.wasmtime_module_new(engine.Handle, bytes, (nuint)wasm.Length, &native)) is { } error)
            {
                refusal = new(AdmissionCodes.CompileFailed, error);
                return null;
            }
        }

        return Link(engine, new WasmModuleHandle(native), out refusal, linker);
    }

    /// <summary>From an artifact's bytes, which are copied. Null with the engine's words when it does not take them.</summary>
    public static WasmModuleHandle? Load(CellEngine engine, ReadOnlySpan<byte> artifact, out string? failure)
    {
        nint native;
        fixed (byte* bytes = artifact)
        {
            failure = NativeMessages.TakeError(Native.wasmtime_module_deserialize(engine.Handle, bytes, (nuint)artifact.Length, &native));
        }

        return failure is null ? new WasmModuleHandle(native) : null;
    }

    /// <summary>From an artifact's file, which is mapped: its pages are read when they are needed and shared with whoever maps it too.</summary>
    public static WasmModuleHandle? Map(CellEngine engine, string path, out string? failure)
    {
        nint native;
        fixed (byte* text = Encoding.UTF8.GetBytes(path + '\0'))
        {
            failure = NativeMessages.TakeError(Native.wasmtime_module_deserialize_file(engine.Handle, text, &native));
        }

        return failure is null ? new WasmModuleHandle(native) : null;
    }

    /// <summary>Takes the module, also when it does not link.</summary>
    public static CompiledModule? Link(CellEngine engine, WasmModuleHandle module, out ModuleRefusal? refusal, LinkerHandle? linker = null)
    {
        refusal = null;
        nint native;
        if (NativeMessages.TakeError(Native.wasmtime_linker_instantiate_pre(linker ?? engine.Linker, module, &native)) is { } unlinked)
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
