using System.Runtime.InteropServices;
using Voxeltron.Cells.Interop;

namespace Voxeltron.Cells;

/// <summary>Why a call into a guest did not return: an abort code, and the engine's words for the operator.</summary>
internal sealed record GuestFault(string Code, string Message);

/// <summary>
/// A native store with its one instance. Owns the handle through which callbacks find their <see cref="HostScope"/>.
/// Not thread-safe; must be disposed, there is no finalizer, because a store freed on the finalizer's thread could be one
/// a guest still runs in.
/// </summary>
internal sealed unsafe partial class CellInstance : IDisposable
{
    private readonly HostScope _scope;
    private GCHandle _scopeHandle;
    private nint _store;
    private nint _context;
    private InstanceRef _instance;
    private MemoryRef _memory;

    private CellInstance(HostScope scope) => _scope = scope;

    // Hot path: per boot; a warm slot takes a few microseconds.
    public static CellInstance? Create(
        EngineHandle engine, InstancePreHandle pre, HostScope scope, long memoryBytes, long tableElements, out string? failure)
    {
        var created = new CellInstance(scope) { _scopeHandle = GCHandle.Alloc(scope) };
        created._store = Native.wasmtime_store_new(engine, GCHandle.ToIntPtr(created._scopeHandle), 0);
        created._context = Native.wasmtime_store_context(created._store);
        Native.wasmtime_store_limiter(created._store, memoryBytes, tableElements, instances: 1, tables: 1, memories: 1);
        failure = created.Instantiate(pre);
        if (failure is null)
        {
            return created;
        }

        created.Dispose();
        return null;
    }

    /// <summary>Fuel for the next calls, and the watchdog's deadline in ticks from now.</summary>
    public void Arm(ulong fuel, ulong watchdogTicks)
    {
        _ = NativeMessages.TakeError(Native.wasmtime_context_set_fuel(_context, fuel));
        Native.wasmtime_context_set_epoch_deadline(_context, watchdogTicks);
    }

    /// <summary>What is left of the fuel given to <see cref="Arm"/>.</summary>
    public ulong FuelLeft()
    {
        if (_store == 0)
        {
            return 0;
        }

        ulong fuel;
        _ = NativeMessages.TakeError(Native.wasmtime_context_get_fuel(_context, &fuel));
        return fuel;
    }

    public bool TryFind(ReadOnlySpan<byte> name, out FunctionRef function)
    {
        function = default;
        if (!TryExport(name, ExternRef.KindFunction, out var export))
        {
            return false;
        }

        function = export.Function;
        return true;
    }

    /// <summary>Null when the guest returned; results are then in <paramref name="values"/>.</summary>
    public GuestFault? Call(FunctionRef function, Span<RawValue> values)
    {
        nint trap = 0;
        nint error;
        fixed (RawValue* pointer = values)
        {
            error = Native.wasmtime_func_call_unchecked(_context, &function, pointer, (nuint)values.Length, &trap);
        }

        return error == 0 && trap == 0 ? null : Fault(error, trap);
    }

    /// <summary>Linear memory of this moment; any call into the guest may make it stale.</summary>
    public GuestMemory Memory()
    {
        var memory = _memory;
        return new GuestMemory(Native.wasmtime_memory_data(_context, &memory), Native.wasmtime_memory_data_size(_context, &memory));
    }

    public void Dispose()
    {
        if (_store == 0)
        {
            return;
        }

        Native.wasmtime_store_delete(_store);
        _store = 0;
        _context = 0;
        _scopeHandle.Free();
    }

    private string? Instantiate(InstancePreHandle pre)
    {
        nint trap = 0;
        InstanceRef instance;

        // Without fuel even an instantiation that runs no code would trap.
        Arm(fuel: 1_000_000, watchdogTicks: 1_000);
        var error = Native.wasmtime_instance_pre_instantiate(pre, _context, &instance, &trap);
        if (error != 0 || trap != 0)
        {
            return Fault(error, trap).Message;
        }

        _instance = instance;
        if (!TryExport(AbiExports.MemoryUtf8, ExternRef.KindMemory, out var memory))
        {
            return "The module exports no memory.";
        }

        _memory = memory.Memory;
        _scope.Memory = memory.Memory;
        return null;
    }

    private bool TryExport(ReadOnlySpan<byte> name, byte kind, out ExternRef export)
    {
        var instance = _instance;
        fixed (byte* pointer = name)
        fixed (ExternRef* result = &export)
        {
            *result = default;
            return Native.wasmtime_instance_export_get(_context, &instance, pointer, (nuint)name.Length, result) != 0 && result->Kind == kind;
        }
    }

    // A trap a host function raised comes back as an error, one the guest raised as a trap with a code.
    private GuestFault Fault(nint error, nint trap)
    {
        byte? code = null;
        var message = NativeMessages.TakeError(error) ?? "unknown";
        if (trap != 0)
        {
            (code, message) = NativeMessages.TakeTrap(trap);
        }

        if (_scope.Breach is { } breach)
        {
            return new GuestFault(AbortCodes.PolicyBreach, breach);
        }

        return _scope.HostError is { } hostError
            ? new GuestFault(AbortCodes.HostError, hostError.ToString())
            : new GuestFault(code is { } known ? AbortCodes.OfTrap(known) : AbortCodes.HostError, message);
    }
}
