using System.Runtime.InteropServices;
using Voxeltron.Cells.Interop;
using Voxeltron.Cosmictron;

namespace Voxeltron.Cells;

/// <summary>Imports that say something, end a task, or read the event's fixed time and randomness.</summary>
internal static unsafe partial class HostCalls
{
    [UnmanagedCallersOnly]
    public static nint Emit(nint environment, nint caller, RawValue* values, nuint count)
    {
        try
        {
            var call = new HostCall(caller);
            if (!call.TryCharge(CellLimits.FuelPerCall))
            {
                return HostCall.OutOfFuel();
            }

            var result = call.Scope.Emit(call.Memory, values[0].I32, values[1].I32, values[2].I32, values[3].I32);
            values[0].I32 = result;
            return result < 0 || call.TryChargeBytes(values[3].I32) ? 0 : HostCall.OutOfFuel();
        }
        catch (Exception error)
        {
            return HostCall.Error(caller, error);
        }
    }

    [UnmanagedCallersOnly]
    public static nint Log(nint environment, nint caller, RawValue* values, nuint count)
    {
        try
        {
            var call = new HostCall(caller);
            if (!call.TryCharge(CellLimits.FuelPerCall))
            {
                return HostCall.OutOfFuel();
            }

            var result = call.Scope.Log(call.Memory, values[0].I32, values[1].I32, values[2].I32);
            values[0].I32 = result;
            return result < 0 || call.TryChargeBytes(values[2].I32) ? 0 : HostCall.OutOfFuel();
        }
        catch (Exception error)
        {
            return HostCall.Error(caller, error);
        }
    }

    [UnmanagedCallersOnly]
    public static nint Now(nint environment, nint caller, RawValue* values, nuint count)
    {
        try
        {
            var call = new HostCall(caller);
            if (!call.TryCharge(CellLimits.FuelPerCall))
            {
                return HostCall.OutOfFuel();
            }

            values[0].I64 = call.Scope.NowUs;
            return 0;
        }
        catch (Exception error)
        {
            return HostCall.Error(caller, error);
        }
    }

    [UnmanagedCallersOnly]
    public static nint Random(nint environment, nint caller, RawValue* values, nuint count)
    {
        try
        {
            var call = new HostCall(caller);
            var bytes = (ulong)Math.Clamp(values[1].I32, 0, CellLimits.RandomBytesPerCall);
            if (!call.TryCharge(CellLimits.FuelPerCall + (bytes * CellLimits.FuelPerRandomByte)))
            {
                return HostCall.OutOfFuel();
            }

            values[0].I32 = call.Scope.Random(call.Memory, values[0].I32, values[1].I32);
            return 0;
        }
        catch (Exception error)
        {
            return HostCall.Error(caller, error);
        }
    }

    [UnmanagedCallersOnly]
    public static nint TimerBegin(nint environment, nint caller, RawValue* values, nuint count)
    {
        try
        {
            var call = new HostCall(caller);
            if (!call.TryCharge(CellLimits.FuelPerCall))
            {
                return HostCall.OutOfFuel();
            }

            var result = (int)call.Scope.TimerBegin(call.Memory, values[0].I64, values[1].I32, values[2].I32);
            values[0].I32 = result;
            return 0;
        }
        catch (Exception error)
        {
            return HostCall.Error(caller, error);
        }
    }

    [UnmanagedCallersOnly]
    public static nint Complete(nint environment, nint caller, RawValue* values, nuint count)
    {
        try
        {
            var call = new HostCall(caller);
            if (!call.TryCharge(CellLimits.FuelPerCall))
            {
                return HostCall.OutOfFuel();
            }

            var result = call.Scope.Complete(call.Memory, values[0].I32, values[1].I32);
            values[0].I32 = result;
            return result < 0 || call.TryChargeBytes(values[1].I32) ? 0 : HostCall.OutOfFuel();
        }
        catch (Exception error)
        {
            return HostCall.Error(caller, error);
        }
    }

    [UnmanagedCallersOnly]
    public static nint Fail(nint environment, nint caller, RawValue* values, nuint count)
    {
        try
        {
            var call = new HostCall(caller);
            if (!call.TryCharge(CellLimits.FuelPerCall))
            {
                return HostCall.OutOfFuel();
            }

            values[0].I32 = call.Scope.Fail(call.Memory, values[0].I32, values[1].I32, values[2].I32, values[3].I32);
            return 0;
        }
        catch (Exception error)
        {
            return HostCall.Error(caller, error);
        }
    }

    /// <summary>Declared, and granted to no cell by this host: looks at no argument.</summary>
    [UnmanagedCallersOnly]
    public static nint Unavailable(nint environment, nint caller, RawValue* values, nuint count)
    {
        try
        {
            var call = new HostCall(caller);
            if (!call.TryCharge(CellLimits.FuelPerCall))
            {
                return HostCall.OutOfFuel();
            }

            call.Scope.Deny(DenialCodes.NotOffered, DeniedImports.NameOf(environment));
            values[0].I32 = (int)StateStatus.Unavailable;
            return 0;
        }
        catch (Exception error)
        {
            return HostCall.Error(caller, error);
        }
    }
}
