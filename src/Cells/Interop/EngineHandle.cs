using Microsoft.Win32.SafeHandles;

namespace Voxeltron.Cells.Interop;

internal sealed class EngineHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    public EngineHandle(nint native)
        : base(ownsHandle: true) => SetHandle(native);

    protected override bool ReleaseHandle()
    {
        Native.wasm_engine_delete(handle);
        return true;
    }
}
