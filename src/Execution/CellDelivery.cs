using System.Buffers;
using System.Text;
using System.Text.Json;
using Voxeltron.Cells;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Execution;

/// <summary>
/// What stays the same in all that is delivered to one live cell and written about it, made once: its names, and the envelopes
/// of its timers and of changes of views up to the members that change.
/// </summary>
/// <remarks>The envelopes are those <see cref="Envelopes"/> would write; a test compares them. Belongs to one writer section.</remarks>
public sealed class CellDelivery(Cell cell, MissionId mission, string taskKey, string? itemKey, int attempt, bool isLong = false)
{
    private readonly ArrayBufferWriter<byte> _envelope = new(384);
    private readonly byte[] _beforeNow = BeforeNow(cell.Id, mission, itemKey, attempt);
    private readonly byte[] _betweenTagAndTicket = Encoding.UTF8.GetBytes($"\",\"task\":{Quoted(taskKey)},\"ticket\":");

    // Made for the first change: most cells follow nothing.
    private DeltaParts? _delta;

    public Cell Cell => cell;

    public string TaskKey => taskKey;

    public string? ItemKey => itemKey;

    public int Attempt => attempt;

    /// <summary>What one event may burn.</summary>
    public long Fuel { get; } = cell.Profile.Fuel(isLong);

    /// <summary>The cell's name in bodies.</summary>
    public string CellName { get; } = cell.Id.ToString();

    /// <summary>The cell's name in headers.</summary>
    public string Actor { get; } = Actors.Cell(cell.Id);

    /// <summary>Valid until the next call.</summary>
    // Hot path: per timer.
    public ReadOnlyMemory<byte> TimerEnvelope(OpenTimer timer, long nowUs)
    {
        _envelope.ResetWrittenCount();
        _envelope.Write(_beforeNow);
        Number(nowUs);
        _envelope.Write(",\"tag\":\""u8);
        // Only [a-z0-9_.-]: nothing to escape.
        _envelope.Advance(Encoding.ASCII.GetBytes(timer.Tag, _envelope.GetSpan(timer.Tag.Length)));
        _envelope.Write(_betweenTagAndTicket);
        Number(timer.Ticket);
        _envelope.Write("}"u8);
        return _envelope.WrittenMemory;
    }

    /// <summary>Valid until the next call.</summary>
    // Hot path: per delivery.
    public ReadOnlyMemory<byte> DeltaEnvelope(in DeliveredEvent told, long nowUs)
    {
        _delta ??= DeltaParts.Of(cell.Id, mission, taskKey, itemKey, attempt);
        _envelope.ResetWrittenCount();
        _envelope.Write(_delta.BeforeFrom);
        Number(told.From);
        _envelope.Write(_delta.BetweenFromAndNow);
        Number(nowUs);
        _envelope.Write(told.IsReset ? ",\"reset\":true"u8 : default);
        _envelope.Write(_delta.BetweenNowAndTicket);
        Number(told.Subscription);
        _envelope.Write(",\"to\":"u8);
        Number(told.To);
        _envelope.Write(",\"view\":\""u8);
        // Only [a-z0-9_]: nothing to escape.
        _envelope.Advance(Encoding.ASCII.GetBytes(told.View!, _envelope.GetSpan(told.View!.Length)));
        _envelope.Write("\"}"u8);
        return _envelope.WrittenMemory;
    }

    private void Number(long value)
    {
        System.Buffers.Text.Utf8Formatter.TryFormat(value, _envelope.GetSpan(20), out var written);
        _envelope.Advance(written);
    }

    private static byte[] BeforeNow(CellId cell, MissionId mission, string? itemKey, int attempt)
    {
        var json = new JcsWriter();
        json.BeginObject();
        Envelopes.WriteToNow(json, cell, mission, itemKey, attempt, "timer", nowUs: 0);
        // Without the zero.
        return json.ToArray()[..^1];
    }

    private sealed record DeltaParts(byte[] BeforeFrom, byte[] BetweenFromAndNow, byte[] BetweenNowAndTicket)
    {
        public static DeltaParts Of(CellId cell, MissionId mission, string taskKey, string? itemKey, int attempt) => new(
            Encoding.UTF8.GetBytes($"{{\"abi\":{Envelopes.AbiVersion},\"attempt\":{attempt},\"cell\":{Quoted(cell.ToString())},\"event\":\"delta\",\"from\":"),
            Encoding.UTF8.GetBytes($"{(itemKey is null ? "" : $",\"item\":{Quoted(itemKey)}")},\"mission\":{Quoted(mission.ToString())},\"now_us\":"),
            Encoding.UTF8.GetBytes($",\"task\":{Quoted(taskKey)},\"ticket\":"));
    }

    private static string Quoted(string text) => Encoding.UTF8.GetString(Jcs.Canonicalize(JsonSerializer.SerializeToUtf8Bytes(text)));
}
