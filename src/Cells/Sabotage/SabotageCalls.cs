using System.Runtime.InteropServices;
using Voxeltron.Cells.Interop;

namespace Voxeltron.Cells;

/// <summary>What the saboteur imports. They are in a linker of its own: a module of anybody else that names them does not link, and is refused long before.</summary>
internal static unsafe class SabotageCalls
{
    public const string Module = "vx_sabotage";

    public static readonly IReadOnlyList<AbiImport> All =
    [
        new("forbidden", FunctionSignature.Of("", "i32"), &Forbidden),
        new("slow", FunctionSignature.Of("", "i32"), &Slow),
    ];

    /// <summary>Granted to nobody: whoever calls it is stopped.</summary>
    [UnmanagedCallersOnly]
    public static nint Forbidden(nint environment, nint caller, RawValue* values, nuint count)
    {
        try
        {
            var call = new HostCall(caller);
            if (!call.TryCharge(CellLimits.FuelPerCall))
            {
                return HostCall.OutOfFuel();
            }

            call.Scope.Breach = $"The guest called {Module}.forbidden, which no profile grants.";
            return HostCall.Stop();
        }
        catch (Exception error)
        {
            return HostCall.Error(caller, error);
        }
    }

    /// <summary>Comes back, but late.</summary>
    [UnmanagedCallersOnly]
    public static nint Slow(nint environment, nint caller, RawValue* values, nuint count)
    {
        try
        {
            var call = new HostCall(caller);
            if (!call.TryCharge(CellLimits.FuelPerCall))
            {
                return HostCall.OutOfFuel();
            }

            call.Scope.Stall?.Invoke();
            values[0].I32 = 0;
            return 0;
        }
        catch (Exception error)
        {
            return HostCall.Error(caller, error);
        }
    }
}
