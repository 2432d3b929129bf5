namespace Voxeltron.Cells;

/// <summary>Names a module exports to its host. The UTF-8 forms are what the native lookup takes.</summary>
public static class AbiExports
{
    public const string Memory = "memory";
    public const string Version = "vx_abi_version";
    public const string Alloc = "vx_alloc";
    public const string OnStart = "on_start";
    public const string OnTask = "on_task";
    public const string OnResume = "on_resume";
    public const string OnTimer = "on_timer";
    public const string OnDelta = "on_delta";
    public const string OnReply = "on_reply";

    /// <summary>The one entry of a program (docs/abi.md, Programs).</summary>
    public const string Program = "_start";

    internal static readonly FunctionSignature ProgramSignature = FunctionSignature.Of("", "");

    // Internal: the types of what admission compares.

    /// <summary>Without these nothing can be delivered.</summary>
    internal static readonly IReadOnlyDictionary<string, FunctionSignature> Required = new Dictionary<string, FunctionSignature>
    {
        [Version] = FunctionSignature.Of("", "i32"),
        [Alloc] = FunctionSignature.Of("i32", "i32"),
    };

    /// <summary>A module has those it wants; one it has must have this signature.</summary>
    internal static readonly IReadOnlyDictionary<string, FunctionSignature> Handlers = new Dictionary<string, FunctionSignature>
    {
        [OnStart] = FunctionSignature.Of("i32,i32", "i32"),
        [OnTask] = FunctionSignature.Of("i32,i32,i32,i32", "i32"),
        [OnResume] = FunctionSignature.Of("i32,i32", "i32"),
        [OnDelta] = FunctionSignature.Of("i32,i32", "i32"),
        [OnReply] = FunctionSignature.Of("i32,i32", "i32"),
        [OnTimer] = FunctionSignature.Of("i32,i32", "i32"),
        ["health"] = FunctionSignature.Of("", "i32"),
    };

    public static ReadOnlySpan<byte> MemoryUtf8 => "memory"u8;

    public static ReadOnlySpan<byte> VersionUtf8 => "vx_abi_version"u8;

    public static ReadOnlySpan<byte> AllocUtf8 => "vx_alloc"u8;

    public static ReadOnlySpan<byte> OnStartUtf8 => "on_start"u8;

    public static ReadOnlySpan<byte> OnTaskUtf8 => "on_task"u8;

    public static ReadOnlySpan<byte> OnResumeUtf8 => "on_resume"u8;

    public static ReadOnlySpan<byte> OnTimerUtf8 => "on_timer"u8;

    public static ReadOnlySpan<byte> OnDeltaUtf8 => "on_delta"u8;

    public static ReadOnlySpan<byte> OnReplyUtf8 => "on_reply"u8;

    public static ReadOnlySpan<byte> ProgramUtf8 => "_start"u8;
}
