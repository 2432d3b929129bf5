using Voxeltron.Cells.Interop;

namespace Voxeltron.Cells;

/// <summary>
/// Decides on an upload, cheapest question first: size, validity, declarations, compilation, and at last the module's own
/// answer to which ABI it speaks, asked in an instance that is thrown away.
/// </summary>
internal static class ModuleAdmission
{
    public static AdmissionResult Admit(CellEngine engine, ReadOnlySpan<byte> wasm, AdmissionLimits limits)
    {
        if (Inspect(engine.Handle, wasm, limits, out var shape) is { } refusal)
        {
            return Refused(refusal, shape, limits);
        }

        using var module = CompiledModule.Compile(engine, wasm, out var failure);
        if (module is null)
        {
            return Refused(failure!, shape, limits);
        }

        var probe = ModuleProbe.Ask(engine, module);
        return probe.Refusal is null
            ? Admitted(shape!, probe.AbiVersion)
            : Refused(probe.Refusal, shape, limits) with { AbiVersion = probe.AbiVersion };
    }

    /// <summary>Everything that needs no compilation. The shape is null when the module could not be read.</summary>
    public static ModuleRefusal? Inspect(EngineHandle engine, ReadOnlySpan<byte> wasm, AdmissionLimits limits, out ModuleShape? shape)
    {
        shape = null;
        if (wasm.Length > limits.ModuleBytes)
        {
            return new(AdmissionCodes.TooLarge, $"The module has {wasm.Length} bytes; {limits.ModuleBytes} are allowed.");
        }

        var invalid = Validate(engine, wasm);
        try
        {
            shape = ModuleShapeReader.Read(wasm);
        }
        catch (WasmFormatException error)
        {
            invalid ??= error.Message;
        }

        if (invalid is null)
        {
            return ModuleRules.Check(shape!, limits);
        }

        // The validator only says that a proposal is off; the declarations tell which, in the words of the ABI.
        foreach (var memory in shape?.Memories ?? [])
        {
            if (ModuleRules.UnsupportedMemory(memory) is { } unsupported)
            {
                return unsupported;
            }
        }

        var reason = ModuleShapeReader.IsComponent(wasm) ? "This is a component; upload a core module." : invalid;
        return new(AdmissionCodes.MalformedModule, reason);
    }

    public static AdmissionResult Admitted(ModuleShape shape, int abiVersion) => new(true, null, null, abiVersion, [.. Imports(shape)], [.. Exports(shape)]);

    private static unsafe string? Validate(EngineHandle engine, ReadOnlySpan<byte> wasm)
    {
        if (wasm.IsEmpty)
        {
            return "The module is empty.";
        }

        // Wasmtime's C API takes WebAssembly text nowhere; bytes without the magic number fail here.
        fixed (byte* bytes = wasm)
        {
            return NativeMessages.TakeError(Native.wasmtime_module_validate(engine, bytes, (nuint)wasm.Length));
        }
    }

    // Of a refused module the names may be what it is refused for: bounded in number and length, and printable.
    public static AdmissionResult Refused(ModuleRefusal refusal, ModuleShape? shape, AdmissionLimits limits)
    {
        string[] imports = shape is null ? [] : [.. Imports(shape).Take(limits.Imports).Select(name => PrintableText.Of(name, (2 * limits.NameBytes) + 1))];
        string[] exports = shape is null ? [] : [.. Exports(shape).Take(limits.Exports).Select(name => PrintableText.Of(name, limits.NameBytes))];
        return new(false, refusal.Code, refusal.Reason, 0, imports, exports);
    }

    private static IEnumerable<string> Imports(ModuleShape shape) => shape.Imports.Select(import => import.FullName);

    private static IEnumerable<string> Exports(ModuleShape shape) => shape.Exports.Select(export => export.Name);
}
