using System.Text;

namespace Voxeltron.Cells.Interop;

/// <summary>Reads and frees what the C API returns on failure. Each pointer is taken exactly once.</summary>
internal static unsafe class NativeMessages
{
    /// <summary>Long backtraces help nobody in a log line or a refusal.</summary>
    private const int MaxBytes = 2048;

    /// <summary>The message of an error, which is freed; null for no error.</summary>
    public static string? TakeError(nint error)
    {
        if (error == 0)
        {
            return null;
        }

        NativeVector message;
        Native.wasmtime_error_message(error, &message);
        Native.wasmtime_error_delete(error);
        return Take(&message);
    }

    /// <summary>Code (null when a host function raised it) and message of a trap, which is freed.</summary>
    public static (byte? Code, string Message) TakeTrap(nint trap)
    {
        byte code;
        var known = Native.wasmtime_trap_code(trap, &code) != 0;
        NativeVector message;
        Native.wasm_trap_message(trap, &message);
        Native.wasm_trap_delete(trap);
        return (known ? code : null, Take(&message));
    }

    private static string Take(NativeVector* message)
    {
        var text = Encoding.UTF8.GetString((byte*)message->Data, (int)Math.Min(message->Size, MaxBytes)).TrimEnd('\0');
        Native.wasm_byte_vec_delete(message);
        return text;
    }
}
