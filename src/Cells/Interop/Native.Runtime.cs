using System.Runtime.InteropServices;

namespace Voxeltron.Cells.Interop;

/// <summary>Functions that compile modules, make stores and call guests.</summary>
internal static unsafe partial class Native
{
    // Modules.

    [LibraryImport(Library)]
    public static partial nint wasmtime_module_validate(EngineHandle engine, byte* wasm, nuint length);

    [LibraryImport(Library)]
    public static partial nint wasmtime_module_new(EngineHandle engine, byte* wasm, nuint length, nint* module);

    [LibraryImport(Library)]
    public static partial void wasmtime_module_delete(nint module);

    /// <summary>Fills the vector, which the caller deletes.</summary>
    [LibraryImport(Library)]
    public static partial nint wasmtime_module_serialize(WasmModuleHandle module, NativeVector* artifact);

    /// <summary>Copies the bytes. They are trusted: machine code that will run.</summary>
    [LibraryImport(Library)]
    public static partial nint wasmtime_module_deserialize(EngineHandle engine, byte* artifact, nuint length, nint* module);

    /// <summary>Maps the file for as long as the module lives. Its bytes are trusted: machine code that will run.</summary>
    [LibraryImport(Library)]
    public static partial nint wasmtime_module_deserialize_file(EngineHandle engine, byte* path, nint* module);

    // Linker: one per engine, shared by every module and cell.

    [LibraryImport(Library)]
    public static partial nint wasmtime_linker_new(EngineHandle engine);

    [LibraryImport(Library)]
    public static partial void wasmtime_linker_delete(nint linker);

    [LibraryImport(Library)]
    public static partial nint wasmtime_linker_define_func_unchecked(
        LinkerHandle linker, byte* module, nuint moduleLength, byte* name, nuint nameLength, nint functionType,
        delegate* unmanaged<nint, nint, RawValue*, nuint, nint> callback, nint data, nint finalizer);

    [LibraryImport(Library)]
    public static partial nint wasmtime_linker_instantiate_pre(LinkerHandle linker, WasmModuleHandle module, nint* pre);

    [LibraryImport(Library)]
    public static partial nint wasmtime_instance_pre_instantiate(InstancePreHandle pre, nint context, InstanceRef* instance, nint* trap);

    [LibraryImport(Library)]
    public static partial void wasmtime_instance_pre_delete(nint pre);

    [LibraryImport(Library)]
    public static partial nint wasm_valtype_new(byte kind);

    [LibraryImport(Library)]
    public static partial void wasm_valtype_vec_new(NativeVector* vector, nuint count, nint* types);

    /// <summary>Takes both vectors.</summary>
    [LibraryImport(Library)]
    public static partial nint wasm_functype_new(NativeVector* parameters, NativeVector* results);

    [LibraryImport(Library)]
    public static partial void wasm_functype_delete(nint functionType);

    // Stores.

    [LibraryImport(Library)]
    public static partial nint wasmtime_store_new(EngineHandle engine, nint data, nint finalizer);

    [LibraryImport(Library)]
    public static partial void wasmtime_store_delete(nint store);

    [LibraryImport(Library)]
    public static partial nint wasmtime_store_context(nint store);

    [LibraryImport(Library)]
    public static partial void wasmtime_store_limiter(nint store, long memoryBytes, long tableElements, long instances, long tables, long memories);

    [LibraryImport(Library)]
    public static partial nint wasmtime_context_set_fuel(nint context, ulong fuel);

    [LibraryImport(Library)]
    public static partial nint wasmtime_context_get_fuel(nint context, ulong* fuel);

    [LibraryImport(Library)]
    public static partial void wasmtime_context_set_epoch_deadline(nint context, ulong ticksBeyondCurrent);

    // Instances.

    [LibraryImport(Library)]
    public static partial byte wasmtime_instance_export_get(nint context, InstanceRef* instance, byte* name, nuint nameLength, ExternRef* export);

    [LibraryImport(Library)]
    public static partial nint wasmtime_func_call_unchecked(nint context, FunctionRef* function, RawValue* values, nuint count, nint* trap);

    [LibraryImport(Library)]
    public static partial nint wasmtime_memory_grow(nint context, MemoryRef* memory, ulong pages, ulong* before);

    /// <summary>Of numbers and vectors only: a reference would have to be given back.</summary>
    [LibraryImport(Library)]
    public static partial void wasmtime_global_get(nint context, GlobalRef* global, GlobalValue* value);

    [LibraryImport(Library)]
    public static partial nint wasmtime_global_set(nint context, GlobalRef* global, GlobalValue* value);

    // Getters that a callback needs on every host call. They take a few nanoseconds, never block and never call back,
    // which is what SuppressGCTransition demands.

    [LibraryImport(Library)]
    [SuppressGCTransition]
    public static partial nint wasmtime_caller_context(nint caller);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    public static partial nint wasmtime_context_get_data(nint context);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    public static partial byte* wasmtime_memory_data(nint context, MemoryRef* memory);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    public static partial nuint wasmtime_memory_data_size(nint context, MemoryRef* memory);

    [LibraryImport(Library, EntryPoint = "wasmtime_context_get_fuel")]
    [SuppressGCTransition]
    public static partial nint wasmtime_context_get_fuel_fast(nint context, ulong* fuel);

    [LibraryImport(Library, EntryPoint = "wasmtime_context_set_fuel")]
    [SuppressGCTransition]
    public static partial nint wasmtime_context_set_fuel_fast(nint context, ulong fuel);

    // Errors and traps.

    [LibraryImport(Library)]
    public static partial void wasmtime_error_message(nint error, NativeVector* message);

    [LibraryImport(Library)]
    public static partial void wasmtime_error_delete(nint error);

    [LibraryImport(Library)]
    public static partial nint wasmtime_trap_new(byte* message, nuint length);

    [LibraryImport(Library)]
    public static partial nint wasmtime_trap_new_code(byte code);

    [LibraryImport(Library)]
    public static partial byte wasmtime_trap_code(nint trap, byte* code);

    [LibraryImport(Library)]
    public static partial void wasm_trap_message(nint trap, NativeVector* message);

    [LibraryImport(Library)]
    public static partial void wasm_trap_delete(nint trap);

    [LibraryImport(Library)]
    public static partial void wasm_byte_vec_delete(NativeVector* vector);

    // Address space probe before an engine is made.

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint mmap(nint address, nuint length, int protection, int flags, int descriptor, long offset);

    [LibraryImport("libc")]
    public static partial int munmap(nint address, nuint length);
}
