using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Voxeltron.Cells.Interop;
using Voxeltron.Cosmictron;

namespace Voxeltron.Cells;

/// <summary>One call from a guest: which cell it is, its memory, and the fuel the work costs.</summary>
internal readonly unsafe ref struct HostCall
{
    /// <summary>wasmtime_trap_new_code takes the same numbers wasmtime_trap_code gives.</summary>
    private const byte TrapOutOfFuel = 11;

    private readonly nint _context;

    // Hot path: per host call; budget 30 ns; no allocation.
    public HostCall(nint caller)
    {
        _context = Native.wasmtime_caller_context(caller);
        Scope = Unsafe.As<HostScope>(GCHandle.FromIntPtr(Native.wasmtime_context_get_data(_context)).Target!);
    }

    public HostScope Scope { get; }

    /// <summary>Read anew in every call: the guest may have grown its memory since the last.</summary>
    public GuestMemory Memory
    {
        get
        {
            var memory = Scope.Memory;
            return new GuestMemory(Native.wasmtime_memory_data(_context, &memory), Native.wasmtime_memory_data_size(_context, &memory));
        }
    }

    /// <summary>Takes fuel for host work. False: nothing is left, the caller must return <see cref="OutOfFuel"/>.</summary>
    public bool TryCharge(ulong units)
    {
        ulong fuel;
        Native.wasmtime_context_get_fuel_fast(_context, &fuel);
        var enough = fuel > units;
        Native.wasmtime_context_set_fuel_fast(_context, enough ? fuel - units : 0);
        return enough;
    }

    /// <summary>For bytes that were copied. Paid afterwards: one call's bytes are bounded, and a refused length costs nothing.</summary>
    public bool TryChargeBytes(int bytes) => bytes <= 0 || TryCharge((uint)bytes / CellLimits.BytesPerFuel);

    /// <summary>For what a put or delete made the store do. Paid afterwards, since only the table tells what a row costs; one row is bounded.</summary>
    public bool TryChargeWork(in StateWork work)
    {
        var units = ((ulong)work.RowBytes * CellLimits.FuelPerRowByte)
            + ((ulong)work.JsonBytes * CellLimits.FuelPerJsonByte)
            + ((ulong)work.Indexes * CellLimits.FuelPerIndex)
            + ((ulong)work.ViewOperators * CellLimits.FuelPerViewOperator)
            + (work.RefusedJson ? CellLimits.FuelPerBadJson : 0);
        return units == 0 || TryCharge(units);
    }

    public static nint OutOfFuel() => Native.wasmtime_trap_new_code(TrapOutOfFuel);

    /// <summary>Ends the event for a reason that stands in the scope.</summary>
    public static nint Stop()
    {
        fixed (byte* message = "stopped by the host"u8)
        {
            return Native.wasmtime_trap_new(message, (nuint)"stopped by the host"u8.Length);
        }
    }

    /// <summary>
    /// What a callback does with an exception: an exception that left it would end the process. The first one is kept
    /// for the outcome; the guest is stopped by a trap.
    /// </summary>
    public static nint Error(nint caller, Exception error)
    {
        new HostCall(caller).Scope.HostError ??= error;
        fixed (byte* message = "host error"u8)
        {
            return Native.wasmtime_trap_new(message, (nuint)"host error"u8.Length);
        }
    }
}
