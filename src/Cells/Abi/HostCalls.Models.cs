using System.Runtime.InteropServices;
using Voxeltron.Cells.Interop;

namespace Voxeltron.Cells;

/// <summary>The import that asks a model.</summary>
internal static unsafe partial class HostCalls
{
    [UnmanagedCallersOnly]
    public static nint ModelBegin(nint environment, nint caller, RawValue* values, nuint count)
    {
        try
        {
            var call = new HostCall(caller);
            if (!call.TryCharge(CellLimits.FuelPerCall))
            {
                return HostCall.OutOfFuel();
            }

            // As for a request: read whole before much that can be wrong with it is found.
            var text = call.Scope.HasModels ? (ulong)Math.Clamp(values[1].I32, 0, CellLimits.ModelRequestBytes) : 0;
            if (!call.TryCharge(text * CellLimits.FuelPerJsonByte))
            {
                return HostCall.OutOfFuel();
            }

            values[0].I32 = (int)call.Scope.ModelBegin(call.Memory, values[0].I32, values[1].I32);
            return 0;
        }
        catch (Exception error)
        {
            return HostCall.Error(caller, error);
        }
    }
}
