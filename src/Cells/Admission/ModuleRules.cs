using System.Text;

namespace Voxeltron.Cells;

/// <summary>What can be decided from a module's declarations alone. The first broken rule names the refusal.</summary>
internal static class ModuleRules
{
    public static ModuleRefusal? Check(ModuleShape shape, AdmissionLimits limits) =>
        CheckCounts(shape, limits) ?? CheckNames(shape, limits) ?? CheckImports(shape) ?? CheckExports(shape) ?? CheckStart(shape) ?? CheckMemory(shape, limits);

    private static ModuleRefusal? CheckCounts(ModuleShape shape, AdmissionLimits limits) =>
        Over(AdmissionCodes.TooManyImports, "imports", shape.Imports.Count, limits.Imports)
        ?? Over(AdmissionCodes.TooManyExports, "exports", shape.Exports.Count, limits.Exports)
        ?? Over(AdmissionCodes.TooManyFunctions, "functions", shape.Functions, limits.Functions)
        ?? Over(AdmissionCodes.TooManyGlobals, "globals", shape.Globals, limits.Globals)
        ?? Over(AdmissionCodes.TooManySegments, "segments", shape.Segments, limits.Segments)
        ?? Over(AdmissionCodes.TooManyTables, "tables", shape.Tables.Count, 1)
        ?? Over(AdmissionCodes.TooManyTableElements, "table elements", shape.TableElements, limits.TableElements);

    // Valid WebAssembly names hold any character and have any length; these end up in Postgres text and on terminals.
    private static ModuleRefusal? CheckNames(ModuleShape shape, AdmissionLimits limits)
    {
        foreach (var import in shape.Imports)
        {
            if ((CheckName("import module", import.Module, limits) ?? CheckName("import", import.Name, limits)) is { } refusal)
            {
                return refusal;
            }
        }

        foreach (var export in shape.Exports)
        {
            if (CheckName("export", export.Name, limits) is { } refusal)
            {
                return refusal;
            }
        }

        return null;
    }

    private static ModuleRefusal? CheckName(string what, string name, AdmissionLimits limits)
    {
        var bytes = Encoding.UTF8.GetByteCount(name);
        if (bytes > limits.NameBytes)
        {
            return new(AdmissionCodes.BadName, $"The {what} name that starts with '{PrintableText.Of(name, 64)}' has {bytes} bytes; {limits.NameBytes} are allowed.");
        }

        return name.Any(char.IsControl)
            ? new(AdmissionCodes.BadName, $"The {what} name '{name}' holds a control character.")
            : null;
    }

    private static ModuleRefusal? CheckImports(ModuleShape shape)
    {
        foreach (var import in shape.Imports)
        {
            if (Known(import) is not { } known)
            {
                return new(AdmissionCodes.UnknownImport, $"Import {import.FullName} does not exist: a module may import the functions of module vx, and a program those of {WasiImports.Module} (docs/abi.md).");
            }

            if (import.Module == WasiImports.Module && !shape.IsProgram)
            {
                return new(AdmissionCodes.UnknownImport, $"Import {import.FullName} is for programs: modules that export {AbiExports.Program} and no handler of a cell (docs/abi.md).");
            }

            if (import.Signature is null || import.Signature != known.Signature)
            {
                return new(AdmissionCodes.WrongSignature, $"Import {import.FullName} is declared as {import.Signature?.ToString() ?? import.Kind.ToString()}; the ABI has {known.Signature}.");
            }
        }

        return null;
    }

    private static AbiImport? Known(ModuleImport import) => import.Module switch
    {
        AbiImports.Module => AbiImports.Find(import.Name),
        WasiImports.Module => WasiImports.Find(import.Name),
        _ => null,
    };

    private static ModuleRefusal? CheckExports(ModuleShape shape)
    {
        if (!shape.HasExport(AbiExports.Memory, ExternKind.Memory))
        {
            return new(AdmissionCodes.MissingExport, "The module exports no memory named 'memory'.");
        }

        if (shape.IsProgram)
        {
            return CheckExport(shape, AbiExports.Program, AbiExports.ProgramSignature);
        }

        foreach (var (name, signature) in AbiExports.Required)
        {
            if (!shape.Exports.Exists(export => export.Name == name))
            {
                return new(AdmissionCodes.MissingExport, $"The module does not export {name} {signature}.");
            }

            if (CheckExport(shape, name, signature) is { } refusal)
            {
                return refusal;
            }
        }

        foreach (var (name, signature) in AbiExports.Handlers)
        {
            if (CheckExport(shape, name, signature) is { } refusal)
            {
                return refusal;
            }
        }

        return null;
    }

    private static ModuleRefusal? CheckExport(ModuleShape shape, string name, FunctionSignature signature)
    {
        var export = shape.Exports.Find(candidate => candidate.Name == name);
        return export is null || export.Signature == signature
            ? null
            : new(AdmissionCodes.WrongSignature, $"Export {name} is {export.Signature?.ToString() ?? export.Kind.ToString()}; the ABI has {signature}.");
    }

    // A start function would run guest code at instantiation, outside any event: no fuel slice, no entry, no replay.
    private static ModuleRefusal? CheckStart(ModuleShape shape) =>
        shape.HasStart ? new(AdmissionCodes.StartFunction, "The module has a start section; do this work in on_start.") : null;

    private static ModuleRefusal? CheckMemory(ModuleShape shape, AdmissionLimits limits)
    {
        var memory = shape.Memories[0];
        if (UnsupportedMemory(memory) is { } refusal)
        {
            return refusal;
        }

        return shape.MemoryBytes > limits.InitialMemoryBytes
            ? new(AdmissionCodes.MemoryLimit, $"The module starts with {shape.MemoryBytes} bytes of memory; {limits.InitialMemoryBytes} are allowed.")
            : null;
    }

    public static ModuleRefusal? UnsupportedMemory(ExternLimits memory) =>
        memory.Shared || memory.Is64Bit
            ? new(AdmissionCodes.UnsupportedMemory, $"The memory is {(memory.Shared ? "shared" : "64-bit")}; a cell has one 32-bit memory of its own.")
            : null;

    private static ModuleRefusal? Over(string code, string what, long count, long limit) =>
        count > limit ? new(code, $"The module has {count} {what}; {limit} are allowed.") : null;
}
