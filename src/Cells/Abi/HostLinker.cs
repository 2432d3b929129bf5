using System.Text;
using Voxeltron.Cells.Interop;
using Voxeltron.Kernel;

namespace Voxeltron.Cells;

/// <summary>Builds the one linker of an engine. A linker per cell would cost 45 µs at every boot.</summary>
internal static unsafe class HostLinker
{
    public static LinkerHandle Build(EngineHandle engine)
    {
        var linker = new LinkerHandle(Native.wasmtime_linker_new(engine));
        Define(linker, AbiImports.Module, AbiImports.All);
        Define(linker, WasiImports.Module, WasiImports.All);
        return linker;
    }

    /// <summary>Of the saboteur alone: what it imports links in no other module.</summary>
    public static LinkerHandle BuildSaboteur(EngineHandle engine)
    {
        var linker = new LinkerHandle(Native.wasmtime_linker_new(engine));
        Define(linker, SabotageCalls.Module, SabotageCalls.All);
        return linker;
    }

    private static void Define(LinkerHandle linker, string module, IReadOnlyList<AbiImport> imports)
    {
        var name = Encoding.ASCII.GetBytes(module);
        foreach (var import in imports)
        {
            Define(linker, name, import);
        }
    }

    private static void Define(LinkerHandle linker, byte[] module, AbiImport import)
    {
        var name = Encoding.ASCII.GetBytes(import.Name);
        var type = FunctionType(import.Signature);
        fixed (byte* modulePointer = module)
        fixed (byte* namePointer = name)
        {
            var error = Native.wasmtime_linker_define_func_unchecked(
                linker, modulePointer, (nuint)module.Length, namePointer, (nuint)name.Length, type, import.Callback, import.Environment, 0);
            Native.wasm_functype_delete(type);
            if (NativeMessages.TakeError(error) is { } message)
            {
                throw new InvariantException($"Import {Encoding.ASCII.GetString(module)}.{import.Name} could not be defined: {message}");
            }
        }
    }

    private static nint FunctionType(FunctionSignature signature)
    {
        NativeVector parameters, results;
        Fill(&parameters, signature.Parameters);
        Fill(&results, signature.Result);
        return Native.wasm_functype_new(&parameters, &results);
    }

    private static void Fill(NativeVector* vector, string types)
    {
        var kinds = types.Split(',', StringSplitOptions.RemoveEmptyEntries);
        var native = stackalloc nint[kinds.Length + 1];
        for (var i = 0; i < kinds.Length; i++)
        {
            native[i] = Native.wasm_valtype_new(Kind(kinds[i]));
        }

        Native.wasm_valtype_vec_new(vector, (nuint)kinds.Length, native);
    }

    private static byte Kind(string type) => type switch
    {
        "i32" => 0,
        "i64" => 1,
        _ => throw new InvariantException($"The ABI uses no {type}."),
    };
}
