using Voxeltron.Cells.Interop;

namespace Voxeltron.Cells;

/// <summary>One function a guest may import: what a guest must declare and what answers it.</summary>
/// <param name="isDenied">No cell is granted it: the callback learns its name (<see cref="DeniedImports"/>), for the record.</param>
internal sealed unsafe class AbiImport(string name, FunctionSignature signature, delegate* unmanaged<nint, nint, RawValue*, nuint, nint> callback, bool isDenied = false)
{
    public string Name { get; } = name;

    /// <summary>What the callback is given as its environment.</summary>
    public nint Environment { get; } = isDenied ? DeniedImports.Add(name) : 0;

    public FunctionSignature Signature { get; } = signature;

    public delegate* unmanaged<nint, nint, RawValue*, nuint, nint> Callback { get; } = callback;
}
