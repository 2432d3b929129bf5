using Voxeltron.Cells.Interop;

namespace Voxeltron.Cells;

/// <summary>One function a guest may import: what a guest must declare and what answers it.</summary>
internal sealed unsafe class AbiImport(string name, FunctionSignature signature, delegate* unmanaged<nint, nint, RawValue*, nuint, nint> callback)
{
    public string Name { get; } = name;

    public FunctionSignature Signature { get; } = signature;

    public delegate* unmanaged<nint, nint, RawValue*, nuint, nint> Callback { get; } = callback;
}
