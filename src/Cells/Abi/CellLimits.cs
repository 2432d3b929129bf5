using Voxeltron.Kernel;

namespace Voxeltron.Cells;

/// <summary>
/// What one delivered event may produce. A guest sees each as a status, so replay must use the same values: they are part
/// of the engine's fingerprint. All of it together stays under <see cref="Limits.ActionOutputJsonBytes"/> of JSON, every byte
/// escaped sixfold: the room the write set leaves in an entry's payload.
/// </summary>
public static class CellLimits
{
    public const int ResultBytes = 512 * 1024;

    public const int LogLineBytes = 4 * 1024;
    public const int LogLines = 256;
    public const int LogBytes = 48 * 1024;

    public const int EmitCount = 256;
    public const int EmitBytes = 256 * 1024;
    public const int EmitNameLength = Limits.NameLength;

    public const int FailCodeLength = Limits.NameLength;
    public const int FailMessageBytes = 4 * 1024;

    public const int OpenScans = 16;

    /// <summary>Views, or parts of them, a task may follow at once.</summary>
    public const int Subscriptions = 16;

    /// <summary>Timers and answers a task may wait for at once.</summary>
    public const int OpenTickets = 64;
    public const int TagLength = Limits.NameLength;

    /// <summary>366 days. Microseconds.</summary>
    public const long LongestTimerUs = 366L * 24 * 3600 * 1_000_000;

    /// <summary>The text given to <c>gate_begin</c>, and of it what people are shown.</summary>
    public const int GateTextBytes = 48 * 1024;
    public const int GateSubjectBytes = 16 * 1024;
    public const int GateRows = 16;

    /// <summary>The text given to <c>http_begin</c>: method, address, headers.</summary>
    public const int RequestTextBytes = 16 * 1024;
    public const int RequestHeaders = 64;

    /// <summary>Headers of an answer, names and values together.</summary>
    public const int ReplyHeaderBytes = 16 * 1024;
    public const int ReplyHeaders = 256;

    /// <summary>The text given to <c>model_begin</c>.</summary>
    public const int ModelRequestBytes = 256 * 1024;

    public const int RandomBytesPerCall = 64 * 1024;

    // Fuel of host work, so that fuel bounds time also for a guest that does nothing but call the host, whatever the host
    // answers. One unit is about a nanosecond of a slow core. Names and keys are refused by their length before they are
    // read, so the price of the call covers them; a row is read whole before much that can be wrong with it is found.
    internal const ulong FuelPerCall = 50;
    internal const ulong FuelPerStateCall = 500;
    internal const ulong FuelPerRowByte = 1;
    internal const ulong FuelPerJsonByte = 32;
    internal const ulong FuelPerBadJson = 10_000;
    internal const ulong FuelPerIndex = 2_000;
    internal const ulong FuelPerViewOperator = 2_000;
    internal const ulong FuelPerDeltaRow = 100;
    internal const ulong FuelPerRandomByte = 12;
    internal const int BytesPerFuel = 8;

    internal static void Describe(Action<string, string> line)
    {
        line("result_bytes", ResultBytes.ToString());
        line("log", $"{LogLineBytes},{LogLines},{LogBytes}");
        line("emit", $"{EmitCount},{EmitBytes},{EmitNameLength}");
        line("fail", $"{FailCodeLength},{FailMessageBytes}");
        line("open_scans", OpenScans.ToString());
        line("timers", $"{OpenTickets},{TagLength},{LongestTimerUs}");
        line("requests", $"{RequestTextBytes},{RequestHeaders},{ReplyHeaderBytes},{ReplyHeaders}");
        line("gates", $"{GateTextBytes},{GateSubjectBytes},{GateRows}");
        line("models", ModelRequestBytes.ToString());
        line("subscriptions", Subscriptions.ToString());
        line("program_buffers", HostScope.MostBuffers.ToString());
        line("random_bytes_per_call", RandomBytesPerCall.ToString());
        line("host_fuel", $"{FuelPerCall},{FuelPerStateCall},{FuelPerRowByte},{FuelPerJsonByte},{FuelPerBadJson},{FuelPerIndex},{FuelPerViewOperator},{FuelPerDeltaRow},{FuelPerRandomByte},{BytesPerFuel}");
    }
}
