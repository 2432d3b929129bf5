namespace Voxeltron.Cells;

/// <summary>Why a module is refused. Stable words: they stand in <c>module.refused</c> entries.</summary>
public static class AdmissionCodes
{
    public const string MalformedModule = "malformed_module";
    public const string TooLarge = "too_large";

    /// <summary>A name of an import or export holds a control character or is too long.</summary>
    public const string BadName = "bad_name";

    public const string UnknownImport = "unknown_import";
    public const string WrongSignature = "wrong_signature";
    public const string MissingExport = "missing_export";
    public const string StartFunction = "start_function";
    public const string MemoryLimit = "memory_limit";

    /// <summary>Shared or 64-bit memory.</summary>
    public const string UnsupportedMemory = "unsupported_memory";

    public const string TooManyTables = "too_many_tables";
    public const string TooManyTableElements = "too_many_table_elements";
    public const string TooManyFunctions = "too_many_functions";
    public const string TooManyGlobals = "too_many_globals";
    public const string TooManySegments = "too_many_segments";
    public const string TooManyImports = "too_many_imports";
    public const string TooManyExports = "too_many_exports";

    /// <summary>Valid, but the compiler refused it or died of it.</summary>
    public const string CompileFailed = "compile_failed";

    /// <summary>Valid, but compiling it took more time, memory or room than a module is granted.</summary>
    public const string CompileLimit = "compile_limit";

    /// <summary>A data or element segment lies outside its memory or table.</summary>
    public const string InstantiationFailed = "instantiation_failed";

    /// <summary><c>vx_abi_version</c> returned another number, trapped, or did not return.</summary>
    public const string WrongAbi = "wrong_abi";
}
