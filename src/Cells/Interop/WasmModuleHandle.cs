using Microsoft.Win32.SafeHandles;

namespace Voxeltron.Cells.Interop;

internal sealed class WasmModuleHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    public WasmModuleHandle(nint native)
        : base(ownsHandle: true) => SetHandle(native);

    protected override bool ReleaseHandle()
    {
        Native.wasmtime_module_delete(handle);
        return true;
    }
}
