using System.Runtime.InteropServices;
using Voxeltron.Cells.Interop;

namespace Voxeltron.Cells;

/// <summary>
/// Imports of WASI preview 1. Each costs what a call costs, one for each buffer of a list, and one for eight bytes it moves.
/// </summary>
internal static unsafe class WasiCalls
{
    private enum Function
    {
        ArgsGet,
        ArgsSizesGet,
        EnvironGet,
        EnvironSizesGet,
        ClockResGet,
        ClockTimeGet,
        FdClose,
        FdFdstatGet,
        FdPrestat,
        FdRead,
        FdSeek,
        FdWrite,
        RandomGet,
        SchedYield,
        NotBuilt,
    }

    [UnmanagedCallersOnly]
    public static nint ArgsGet(nint environment, nint caller, RawValue* values, nuint count) => Answer(caller, values, Function.ArgsGet);

    [UnmanagedCallersOnly]
    public static nint ArgsSizesGet(nint environment, nint caller, RawValue* values, nuint count) => Answer(caller, values, Function.ArgsSizesGet);

    /// <summary>No variable, so nothing to write.</summary>
    [UnmanagedCallersOnly]
    public static nint EnvironGet(nint environment, nint caller, RawValue* values, nuint count) => Answer(caller, values, Function.EnvironGet);

    [UnmanagedCallersOnly]
    public static nint EnvironSizesGet(nint environment, nint caller, RawValue* values, nuint count) => Answer(caller, values, Function.EnvironSizesGet);

    [UnmanagedCallersOnly]
    public static nint ClockResGet(nint environment, nint caller, RawValue* values, nuint count) => Answer(caller, values, Function.ClockResGet);

    [UnmanagedCallersOnly]
    public static nint ClockTimeGet(nint environment, nint caller, RawValue* values, nuint count) => Answer(caller, values, Function.ClockTimeGet);

    [UnmanagedCallersOnly]
    public static nint FdClose(nint environment, nint caller, RawValue* values, nuint count) => Answer(caller, values, Function.FdClose);

    [UnmanagedCallersOnly]
    public static nint FdFdstatGet(nint environment, nint caller, RawValue* values, nuint count) => Answer(caller, values, Function.FdFdstatGet);

    /// <summary>No directory is open.</summary>
    [UnmanagedCallersOnly]
    public static nint FdPrestat(nint environment, nint caller, RawValue* values, nuint count) => Answer(caller, values, Function.FdPrestat);

    [UnmanagedCallersOnly]
    public static nint FdRead(nint environment, nint caller, RawValue* values, nuint count) => Answer(caller, values, Function.FdRead);

    /// <summary>fd_tell too.</summary>
    [UnmanagedCallersOnly]
    public static nint FdSeek(nint environment, nint caller, RawValue* values, nuint count) => Answer(caller, values, Function.FdSeek);

    [UnmanagedCallersOnly]
    public static nint FdWrite(nint environment, nint caller, RawValue* values, nuint count) => Answer(caller, values, Function.FdWrite);

    [UnmanagedCallersOnly]
    public static nint RandomGet(nint environment, nint caller, RawValue* values, nuint count) => Answer(caller, values, Function.RandomGet);

    [UnmanagedCallersOnly]
    public static nint SchedYield(nint environment, nint caller, RawValue* values, nuint count) => Answer(caller, values, Function.SchedYield);

    /// <summary>Looks at no argument.</summary>
    [UnmanagedCallersOnly]
    public static nint NotBuilt(nint environment, nint caller, RawValue* values, nuint count) => Answer(caller, values, Function.NotBuilt);

    /// <summary>Files and sockets: a cell has none, and that it asked is written down. Looks at no argument either.</summary>
    [UnmanagedCallersOnly]
    public static nint Denied(nint environment, nint caller, RawValue* values, nuint count)
    {
        try
        {
            var call = new HostCall(caller);
            if (!call.TryCharge(CellLimits.FuelPerCall))
            {
                return HostCall.OutOfFuel();
            }

            call.Scope.Deny(DenialCodes.NotOffered, DeniedImports.NameOf(environment));
            values[0].I32 = (int)WasiErrno.NoSys;
            return 0;
        }
        catch (Exception error)
        {
            return HostCall.Error(caller, error);
        }
    }

    /// <summary>Ends the program: the trap unwinds its frames, and the scope remembers that it is no fault.</summary>
    [UnmanagedCallersOnly]
    public static nint ProcExit(nint environment, nint caller, RawValue* values, nuint count)
    {
        try
        {
            var call = new HostCall(caller);
            if (!call.TryCharge(CellLimits.FuelPerCall))
            {
                return HostCall.OutOfFuel();
            }

            call.Scope.Exit((uint)values[0].I32);
            fixed (byte* message = "exit"u8)
            {
                return Native.wasmtime_trap_new(message, (nuint)"exit"u8.Length);
            }
        }
        catch (Exception error)
        {
            return HostCall.Error(caller, error);
        }
    }

    private static nint Answer(nint caller, RawValue* values, Function function)
    {
        try
        {
            var call = new HostCall(caller);
            var buffers = function is Function.FdRead or Function.FdWrite ? (ulong)Math.Clamp(values[2].I32, 0, HostScope.MostBuffers) : 0;
            if (!call.TryCharge(CellLimits.FuelPerCall + buffers))
            {
                return HostCall.OutOfFuel();
            }

            var scope = call.Scope;
            var status = function switch
            {
                Function.ArgsGet => scope.ArgsGet(call.Memory, values[0].I32, values[1].I32),
                Function.ArgsSizesGet => scope.ArgsSizesGet(call.Memory, values[0].I32, values[1].I32),
                Function.EnvironGet => WasiErrno.Success,
                Function.EnvironSizesGet => HostScope.EnvironSizesGet(call.Memory, values[0].I32, values[1].I32),
                Function.ClockResGet => scope.Clock(call.Memory, values[0].I32, values[1].I32, isResolution: true),
                Function.ClockTimeGet => scope.Clock(call.Memory, values[0].I32, values[2].I32, isResolution: false),
                Function.FdClose => scope.FdClose(values[0].I32),
                Function.FdFdstatGet => scope.FdFdstatGet(call.Memory, values[0].I32, values[1].I32),
                Function.FdPrestat => WasiErrno.BadF,
                Function.FdRead => scope.FdRead(call, values[0].I32, values[1].I32, values[2].I32, values[3].I32),
                Function.FdSeek => scope.FdSeek(values[0].I32),
                Function.FdWrite => scope.FdWrite(call, values[0].I32, values[1].I32, values[2].I32, values[3].I32),
                Function.RandomGet => scope.RandomGet(call, values[0].I32, values[1].I32),
                Function.SchedYield => WasiErrno.Success,
                _ => WasiErrno.NoSys,
            };
            values[0].I32 = (int)status;
            return status == WasiErrno.OutOfFuel ? HostCall.OutOfFuel() : 0;
        }
        catch (Exception error)
        {
            return HostCall.Error(caller, error);
        }
    }
}
