namespace Voxeltron.Cells;

/// <summary>
/// Every function of module <c>vx</c>, all declared from the start. Those that wait for a later issue share one callback
/// that answers <c>VX_UNAVAILABLE</c>, so that guests written for them already link.
/// </summary>
internal static unsafe class AbiImports
{
    public const string Module = "vx";

    private const string I32 = "i32";
    private const string I32X2 = "i32,i32";
    private const string I32X3 = "i32,i32,i32";
    private const string I32X4 = "i32,i32,i32,i32";
    private const string I32X6 = "i32,i32,i32,i32,i32,i32";

    public static readonly IReadOnlyList<AbiImport> All =
    [
        new("state_get", FunctionSignature.Of(I32X6, I32), &HostCalls.StateGet),
        new("state_put", FunctionSignature.Of(I32X4, I32), &HostCalls.StatePut),
        new("state_delete", FunctionSignature.Of(I32X4, I32), &HostCalls.StateDelete),
        new("state_scan", FunctionSignature.Of(I32X4, I32), &HostCalls.StateScan),
        new("scan_next", FunctionSignature.Of(I32X3, I32), &HostCalls.ScanNext),
        new("scan_close", FunctionSignature.Of(I32, I32), &HostCalls.ScanClose),
        new("view_read", FunctionSignature.Of(I32X6, I32), &HostCalls.ViewRead),
        new("subscribe", FunctionSignature.Of(I32X4, I32), &HostCalls.Subscribe),
        new("unsubscribe", FunctionSignature.Of(I32, I32), &HostCalls.Unsubscribe),
        new("delta_next", FunctionSignature.Of(I32X2, I32), &HostCalls.DeltaNext),
        new("emit", FunctionSignature.Of(I32X4, I32), &HostCalls.Emit),
        new("log", FunctionSignature.Of(I32X3, I32), &HostCalls.Log),
        new("now", FunctionSignature.Of("", "i64"), &HostCalls.Now),
        new("random", FunctionSignature.Of(I32X2, I32), &HostCalls.Random),
        new("timer_begin", FunctionSignature.Of("i64,i32,i32", I32), &HostCalls.TimerBegin),
        new("http_begin", FunctionSignature.Of(I32X4, I32), &HostCalls.HttpBegin),
        new("reply_read", FunctionSignature.Of(I32X2, I32), &HostCalls.ReplyRead),
        new("model_begin", FunctionSignature.Of(I32X2, I32), &HostCalls.ModelBegin),
        new("gate_begin", FunctionSignature.Of(I32X2, I32), &HostCalls.GateBegin),
        new("task_spawn", FunctionSignature.Of(I32X4, I32), &HostCalls.Unavailable, isDenied: true),
        new("complete", FunctionSignature.Of(I32X2, I32), &HostCalls.Complete),
        new("fail", FunctionSignature.Of(I32X4, I32), &HostCalls.Fail),
    ];

    private static readonly Dictionary<string, AbiImport> ByName = All.ToDictionary(import => import.Name);

    public static AbiImport? Find(string name) => ByName.GetValueOrDefault(name);
}
