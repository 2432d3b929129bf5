using System.Runtime.InteropServices;
using Voxeltron.Cells.Interop;

namespace Voxeltron.Cells;

/// <summary>
/// The native side of the imports. Each is the same few steps: find the cell, charge fuel, let <see cref="HostScope"/>
/// do the work on checked memory, turn any exception into a trap. Hot path: per host call; budget 100 ns beside the store.
/// </summary>
internal static unsafe partial class HostCalls
{
    [UnmanagedCallersOnly]
    public static nint StateGet(nint environment, nint caller, RawValue* values, nuint count)
    {
        try
        {
            var call = new HostCall(caller);
            if (!call.TryCharge(CellLimits.FuelPerStateCall))
            {
                return HostCall.OutOfFuel();
            }

            var result = call.Scope.StateGet(call.Memory, values[0].I32, values[1].I32, values[2].I32, values[3].I32, values[4].I32, values[5].I32);
            values[0].I32 = result;
            return call.TryChargeBytes(result) ? 0 : HostCall.OutOfFuel();
        }
        catch (Exception error)
        {
            return HostCall.Error(caller, error);
        }
    }

    [UnmanagedCallersOnly]
    public static nint StatePut(nint environment, nint caller, RawValue* values, nuint count)
    {
        try
        {
            var call = new HostCall(caller);
            if (!call.TryCharge(CellLimits.FuelPerStateCall))
            {
                return HostCall.OutOfFuel();
            }

            var result = call.Scope.StatePut(call.Memory, values[0].I32, values[1].I32, values[2].I32, values[3].I32, out var work);
            values[0].I32 = result;
            return call.TryChargeWork(work) ? 0 : HostCall.OutOfFuel();
        }
        catch (Exception error)
        {
            return HostCall.Error(caller, error);
        }
    }

    [UnmanagedCallersOnly]
    public static nint StateDelete(nint environment, nint caller, RawValue* values, nuint count)
    {
        try
        {
            var call = new HostCall(caller);
            if (!call.TryCharge(CellLimits.FuelPerStateCall))
            {
                return HostCall.OutOfFuel();
            }

            values[0].I32 = call.Scope.StateDelete(call.Memory, values[0].I32, values[1].I32, values[2].I32, values[3].I32, out var work);
            return call.TryChargeWork(work) ? 0 : HostCall.OutOfFuel();
        }
        catch (Exception error)
        {
            return HostCall.Error(caller, error);
        }
    }

    [UnmanagedCallersOnly]
    public static nint StateScan(nint environment, nint caller, RawValue* values, nuint count)
    {
        try
        {
            var call = new HostCall(caller);
            if (!call.TryCharge(CellLimits.FuelPerStateCall))
            {
                return HostCall.OutOfFuel();
            }

            values[0].I32 = call.Scope.StateScan(call.Memory, values[0].I32, values[1].I32, values[2].I32, values[3].I32);
            return 0;
        }
        catch (Exception error)
        {
            return HostCall.Error(caller, error);
        }
    }

    [UnmanagedCallersOnly]
    public static nint ScanNext(nint environment, nint caller, RawValue* values, nuint count)
    {
        try
        {
            var call = new HostCall(caller);
            if (!call.TryCharge(CellLimits.FuelPerStateCall))
            {
                return HostCall.OutOfFuel();
            }

            var result = call.Scope.ScanNext(call.Memory, values[0].I32, values[1].I32, values[2].I32);
            values[0].I32 = result;
            return call.TryChargeBytes(result) ? 0 : HostCall.OutOfFuel();
        }
        catch (Exception error)
        {
            return HostCall.Error(caller, error);
        }
    }

    [UnmanagedCallersOnly]
    public static nint ScanClose(nint environment, nint caller, RawValue* values, nuint count)
    {
        try
        {
            var call = new HostCall(caller);
            if (!call.TryCharge(CellLimits.FuelPerCall))
            {
                return HostCall.OutOfFuel();
            }

            values[0].I32 = call.Scope.ScanClose(values[0].I32);
            return 0;
        }
        catch (Exception error)
        {
            return HostCall.Error(caller, error);
        }
    }
}
