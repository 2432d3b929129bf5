using Microsoft.Win32.SafeHandles;

namespace Voxeltron.Cells.Interop;

internal sealed class InstancePreHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    public InstancePreHandle(nint native)
        : base(ownsHandle: true) => SetHandle(native);

    protected override bool ReleaseHandle()
    {
        Native.wasmtime_instance_pre_delete(handle);
        return true;
    }
}
