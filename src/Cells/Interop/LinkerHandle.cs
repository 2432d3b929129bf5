using Microsoft.Win32.SafeHandles;

namespace Voxeltron.Cells.Interop;

internal sealed class LinkerHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    public LinkerHandle(nint native)
        : base(ownsHandle: true) => SetHandle(native);

    protected override bool ReleaseHandle()
    {
        Native.wasmtime_linker_delete(handle);
        return true;
    }
}
