using System.Runtime.InteropServices;
using Voxeltron.Cells.Interop;

namespace Voxeltron.Cells;

/// <summary>Imports that ask for something outside, and read what came back.</summary>
internal static unsafe partial class HostCalls
{
    [UnmanagedCallersOnly]
    public static nint HttpBegin(nint environment, nint caller, RawValue* values, nuint count)
    {
        try
        {
            var call = new HostCall(caller);
            if (!call.TryCharge(CellLimits.FuelPerCall))
            {
                return HostCall.OutOfFuel();
            }

            // Text is read whole before much that can be wrong with it is found, so it is paid for whatever comes of it.
            var text = call.Scope.HasEgress ? (ulong)Math.Clamp(values[1].I32, 0, CellLimits.RequestTextBytes) : 0;
            if (!call.TryCharge(text * CellLimits.FuelPerJsonByte))
            {
                return HostCall.OutOfFuel();
            }

            var body = values[3].I32;
            var result = (int)call.Scope.HttpBegin(call.Memory, values[0].I32, values[1].I32, values[2].I32, body);
            values[0].I32 = result;
            return result < 0 || call.TryChargeBytes(body) ? 0 : HostCall.OutOfFuel();
        }
        catch (Exception error)
        {
            return HostCall.Error(caller, error);
        }
    }

    [UnmanagedCallersOnly]
    public static nint ReplyRead(nint environment, nint caller, RawValue* values, nuint count)
    {
        try
        {
            var call = new HostCall(caller);
            if (!call.TryCharge(CellLimits.FuelPerCall))
            {
                return HostCall.OutOfFuel();
            }

            var result = call.Scope.ReplyRead(call.Memory, values[0].I32, values[1].I32);
            values[0].I32 = result;
            return call.TryChargeBytes(result) ? 0 : HostCall.OutOfFuel();
        }
        catch (Exception error)
        {
            return HostCall.Error(caller, error);
        }
    }
}
