using System.Runtime.InteropServices;
using Voxeltron.Cells.Interop;

namespace Voxeltron.Cells;

/// <summary>Imports that read views and follow them.</summary>
internal static unsafe partial class HostCalls
{
    [UnmanagedCallersOnly]
    public static nint ViewRead(nint environment, nint caller, RawValue* values, nuint count)
    {
        try
        {
            var call = new HostCall(caller);
            if (!call.TryCharge(CellLimits.FuelPerStateCall))
            {
                return HostCall.OutOfFuel();
            }

            values[0].I32 = call.Scope.ViewRead(call.Memory, values[0].I32, values[1].I32, values[2].I32, values[3].I32, values[4].I32, values[5].I32);
            return 0;
        }
        catch (Exception error)
        {
            return HostCall.Error(caller, error);
        }
    }

    [UnmanagedCallersOnly]
    public static nint Subscribe(nint environment, nint caller, RawValue* values, nuint count)
    {
        try
        {
            var call = new HostCall(caller);
            if (!call.TryCharge(CellLimits.FuelPerStateCall))
            {
                return HostCall.OutOfFuel();
            }

            values[0].I32 = (int)call.Scope.Subscribe(call.Memory, values[0].I32, values[1].I32, values[2].I32, values[3].I32);
            return 0;
        }
        catch (Exception error)
        {
            return HostCall.Error(caller, error);
        }
    }

    [UnmanagedCallersOnly]
    public static nint Unsubscribe(nint environment, nint caller, RawValue* values, nuint count)
    {
        try
        {
            var call = new HostCall(caller);
            if (!call.TryCharge(CellLimits.FuelPerStateCall))
            {
                return HostCall.OutOfFuel();
            }

            values[0].I32 = call.Scope.Unsubscribe(values[0].I32);
            return 0;
        }
        catch (Exception error)
        {
            return HostCall.Error(caller, error);
        }
    }

    [UnmanagedCallersOnly]
    public static nint DeltaNext(nint environment, nint caller, RawValue* values, nuint count)
    {
        try
        {
            var call = new HostCall(caller);
            if (!call.TryCharge(CellLimits.FuelPerStateCall))
            {
                return HostCall.OutOfFuel();
            }

            var result = call.Scope.DeltaNext(call.Memory, values[0].I32, values[1].I32, out var summed);
            values[0].I32 = result;
            return call.TryCharge((ulong)summed * CellLimits.FuelPerDeltaRow) && call.TryChargeBytes(result) ? 0 : HostCall.OutOfFuel();
        }
        catch (Exception error)
        {
            return HostCall.Error(caller, error);
        }
    }
}
