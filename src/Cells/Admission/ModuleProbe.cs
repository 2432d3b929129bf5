using Voxeltron.Cells.Interop;

namespace Voxeltron.Cells;

/// <summary>
/// Makes an instance that is thrown away: does it instantiate, and which ABI does it speak? As a side effect Wasmtime
/// builds the module's copy-on-write image, which the first real cell then need not pay for.
/// </summary>
internal static class ModuleProbe
{
    /// <summary>Returning a constant takes a handful of units.</summary>
    private const ulong Fuel = 10_000;

    public static (int AbiVersion, ModuleRefusal? Refusal) Ask(CellEngine engine, CompiledModule module)
    {
        // One reserved slot, so one probe at a time: a full pool must not keep a module from being registered.
        lock (engine.ProbeGate)
        {
            var scope = new HostScope();
            using var instance = CellInstance.Create(
                engine.Handle, module.Pre, scope, engine.Options.MaxMemoryBytes, engine.Options.MaxTableElements, out var failure);
            if (instance is null)
            {
                return (0, new(AdmissionCodes.InstantiationFailed, failure!));
            }

            return Ask(engine, instance);
        }
    }

    /// <summary>What a memory holds before any code of the module runs; null when no instance could be made.</summary>
    public static PristineMemory? ReadMemory(CellEngine engine, CompiledModule module)
    {
        lock (engine.ProbeGate)
        {
            using var instance = CellInstance.Create(
                engine.Handle, module.Pre, new HostScope(), engine.Options.MaxMemoryBytes, engine.Options.MaxTableElements, out _);
            return instance is null ? null : PristineMemory.Of(instance.Memory().Whole);
        }
    }

    private static (int AbiVersion, ModuleRefusal? Refusal) Ask(CellEngine engine, CellInstance instance)
    {
        instance.Arm(Fuel, engine.WatchdogTicks);
        Span<RawValue> values = stackalloc RawValue[1];
        if (!instance.TryFind(AbiExports.VersionUtf8, out var version))
        {
            // A program is asked nothing: it knows of no ABI, and its one entry is the whole task.
            if (instance.TryFind(AbiExports.ProgramUtf8, out _))
            {
                return (AbiVersion.Number, null);
            }

            return (0, new(AdmissionCodes.MissingExport, "The module does not export vx_abi_version."));
        }

        if (instance.Call(version, values) is { } fault)
        {
            return (0, new(AdmissionCodes.WrongAbi, $"vx_abi_version did not return a number: {fault.Code}."));
        }

        var answer = values[0].I32;
        return answer == AbiVersion.Number
            ? (answer, null)
            : (answer, new(AdmissionCodes.WrongAbi, $"The module speaks ABI {answer}; this host speaks {AbiVersion.Number} ({AbiVersion.Name})."));
    }
}
