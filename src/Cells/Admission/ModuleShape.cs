namespace Voxeltron.Cells;

internal enum ExternKind : byte
{
    Function = 0,
    Table = 1,
    Memory = 2,
    Global = 3,
    Tag = 4,
}

internal sealed record ModuleImport(string Module, string Name, ExternKind Kind, FunctionSignature? Signature)
{
    public string FullName => $"{Module}.{Name}";
}

internal sealed record ModuleExport(string Name, ExternKind Kind, FunctionSignature? Signature);

/// <summary>Size in pages of a memory or elements of a table.</summary>
internal readonly record struct ExternLimits(ulong Minimum, ulong? Maximum, bool Shared, bool Is64Bit);

/// <summary>What a module declares, as far as admission decides on it.</summary>
internal sealed class ModuleShape
{
    public const long PageBytes = 65536;

    public List<ModuleImport> Imports { get; } = [];

    public List<ModuleExport> Exports { get; } = [];

    public List<ExternLimits> Memories { get; } = [];

    public List<ExternLimits> Tables { get; } = [];

    public uint Functions { get; set; }

    public uint ImportedFunctions => (uint)Imports.Count(static import => import.Kind == ExternKind.Function);

    public uint Globals { get; set; }

    public uint Segments { get; set; }

    public bool HasStart { get; set; }

    public long MemoryBytes => Memories.Count == 0 ? 0 : (long)Math.Min(Memories[0].Minimum, long.MaxValue / PageBytes) * PageBytes;

    public long TableElements => Tables.Count == 0 ? 0 : (long)Math.Min(Tables[0].Minimum, long.MaxValue);

    /// <summary>A program exports <c>_start</c> and nothing of a cell; with anything of a cell it is one, and its <c>_start</c> is never called.</summary>
    public bool IsProgram =>
        Exports.Exists(static export => export.Name == AbiExports.Program)
        && !Exports.Exists(static export => AbiExports.Required.ContainsKey(export.Name) || AbiExports.Handlers.ContainsKey(export.Name));

    public bool HasExport(string name, ExternKind kind) => Exports.Exists(export => export.Name == name && export.Kind == kind);
}
