namespace Voxeltron.Cells;

/// <summary>
/// Functions of WASI preview 1 that a program may import: all of them, so that what ordinary toolchains make links unmodified.
/// Those a cell has no use for answer <c>ENOSYS</c>; tries for files and sockets are counted besides, since no cell is granted any.
/// </summary>
internal static unsafe class WasiImports
{
    public const string Module = "wasi_snapshot_preview1";

    private const string I32 = "i32";
    private const string I32X2 = "i32,i32";
    private const string I32X3 = "i32,i32,i32";
    private const string I32X4 = "i32,i32,i32,i32";
    private const string I32X5 = "i32,i32,i32,i32,i32";
    private const string I32X6 = "i32,i32,i32,i32,i32,i32";

    public static readonly IReadOnlyList<AbiImport> All =
    [
        new("args_get", FunctionSignature.Of(I32X2, I32), &WasiCalls.ArgsGet),
        new("args_sizes_get", FunctionSignature.Of(I32X2, I32), &WasiCalls.ArgsSizesGet),
        new("environ_get", FunctionSignature.Of(I32X2, I32), &WasiCalls.EnvironGet),
        new("environ_sizes_get", FunctionSignature.Of(I32X2, I32), &WasiCalls.EnvironSizesGet),
        new("clock_res_get", FunctionSignature.Of(I32X2, I32), &WasiCalls.ClockResGet),
        new("clock_time_get", FunctionSignature.Of("i32,i64,i32", I32), &WasiCalls.ClockTimeGet),
        new("fd_advise", FunctionSignature.Of("i32,i64,i64,i32", I32), &WasiCalls.NotBuilt),
        new("fd_allocate", FunctionSignature.Of("i32,i64,i64", I32), &WasiCalls.NotBuilt),
        new("fd_close", FunctionSignature.Of(I32, I32), &WasiCalls.FdClose),
        new("fd_datasync", FunctionSignature.Of(I32, I32), &WasiCalls.NotBuilt),
        new("fd_fdstat_get", FunctionSignature.Of(I32X2, I32), &WasiCalls.FdFdstatGet),
        new("fd_fdstat_set_flags", FunctionSignature.Of(I32X2, I32), &WasiCalls.NotBuilt),
        new("fd_fdstat_set_rights", FunctionSignature.Of("i32,i64,i64", I32), &WasiCalls.NotBuilt),
        new("fd_filestat_get", FunctionSignature.Of(I32X2, I32), &WasiCalls.NotBuilt),
        new("fd_filestat_set_size", FunctionSignature.Of("i32,i64", I32), &WasiCalls.NotBuilt),
        new("fd_filestat_set_times", FunctionSignature.Of("i32,i64,i64,i32", I32), &WasiCalls.NotBuilt),
        new("fd_pread", FunctionSignature.Of("i32,i32,i32,i64,i32", I32), &WasiCalls.NotBuilt),
        new("fd_prestat_dir_name", FunctionSignature.Of(I32X3, I32), &WasiCalls.FdPrestat),
        new("fd_prestat_get", FunctionSignature.Of(I32X2, I32), &WasiCalls.FdPrestat),
        new("fd_pwrite", FunctionSignature.Of("i32,i32,i32,i64,i32", I32), &WasiCalls.NotBuilt),
        new("fd_read", FunctionSignature.Of(I32X4, I32), &WasiCalls.FdRead),
        new("fd_readdir", FunctionSignature.Of("i32,i32,i32,i64,i32", I32), &WasiCalls.NotBuilt),
        new("fd_renumber", FunctionSignature.Of(I32X2, I32), &WasiCalls.NotBuilt),
        new("fd_seek", FunctionSignature.Of("i32,i64,i32,i32", I32), &WasiCalls.FdSeek),
        new("fd_sync", FunctionSignature.Of(I32, I32), &WasiCalls.NotBuilt),
        new("fd_tell", FunctionSignature.Of(I32X2, I32), &WasiCalls.FdSeek),
        new("fd_write", FunctionSignature.Of(I32X4, I32), &WasiCalls.FdWrite),
        new("path_create_directory", FunctionSignature.Of(I32X3, I32), &WasiCalls.Denied, isDenied: true),
        new("path_filestat_get", FunctionSignature.Of(I32X5, I32), &WasiCalls.Denied, isDenied: true),
        new("path_filestat_set_times", FunctionSignature.Of("i32,i32,i32,i32,i64,i64,i32", I32), &WasiCalls.Denied, isDenied: true),
        new("path_link", FunctionSignature.Of("i32,i32,i32,i32,i32,i32,i32", I32), &WasiCalls.Denied, isDenied: true),
        new("path_open", FunctionSignature.Of("i32,i32,i32,i32,i32,i64,i64,i32,i32", I32), &WasiCalls.Denied, isDenied: true),
        new("path_readlink", FunctionSignature.Of(I32X6, I32), &WasiCalls.Denied, isDenied: true),
        new("path_remove_directory", FunctionSignature.Of(I32X3, I32), &WasiCalls.Denied, isDenied: true),
        new("path_rename", FunctionSignature.Of(I32X6, I32), &WasiCalls.Denied, isDenied: true),
        new("path_symlink", FunctionSignature.Of(I32X5, I32), &WasiCalls.Denied, isDenied: true),
        new("path_unlink_file", FunctionSignature.Of(I32X3, I32), &WasiCalls.Denied, isDenied: true),
        new("poll_oneoff", FunctionSignature.Of(I32X4, I32), &WasiCalls.NotBuilt),
        new("proc_exit", FunctionSignature.Of(I32, ""), &WasiCalls.ProcExit),
        new("proc_raise", FunctionSignature.Of(I32, I32), &WasiCalls.NotBuilt),
        new("random_get", FunctionSignature.Of(I32X2, I32), &WasiCalls.RandomGet),
        new("sched_yield", FunctionSignature.Of("", I32), &WasiCalls.SchedYield),
        new("sock_accept", FunctionSignature.Of(I32X3, I32), &WasiCalls.Denied, isDenied: true),
        new("sock_recv", FunctionSignature.Of(I32X6, I32), &WasiCalls.Denied, isDenied: true),
        new("sock_send", FunctionSignature.Of(I32X5, I32), &WasiCalls.Denied, isDenied: true),
        new("sock_shutdown", FunctionSignature.Of(I32X2, I32), &WasiCalls.Denied, isDenied: true),
    ];

    private static readonly Dictionary<string, AbiImport> ByName = All.ToDictionary(import => import.Name);

    public static AbiImport? Find(string name) => ByName.GetValueOrDefault(name);
}
