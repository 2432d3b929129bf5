using System.Buffers;
using System.Text;
using System.Text.Json;
using Voxeltron.Cells;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Execution;

/// <summary>
/// What stays the same in all that is delivered to one live cell and written about it, made once: its names, and the envelope
/// of its timers up to the members that change.
/// </summary>
/// <remarks>The envelope is the one <see cref="Envelopes"/> would write; a test compares them. Belongs to one writer section.</remarks>
public sealed class CellDelivery(Cell cell, MissionId mission, string taskKey, string? itemKey, int attempt, bool isLong = false)
{
    private readonly ArrayBufferWriter<byte> _envelope = new(384);
    private readonly byte[] _beforeNow = BeforeNow(cell.Id, mission, itemKey, attempt);
    private readonly byte[] _betweenTagAndTicket = Encoding.UTF8.GetBytes($"\",\"task\":{Quoted(taskKey)},\"ticket\":");

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

    private void Number(long value)
    {
        System.Buffers.Text.Utf8Formatter.TryFormat(value, _envelope.GetSpan(20), out var written);
        _envelope.Advance(written);
    }

    private static byte[] BeforeNow(CellId cell, MissionId mission, string? itemKey, int attempt)
    {
        var json = new JcsWriter();
        json.BeginObject();
        json.Name("abi").Integer(Envelopes.AbiVersion);
        json.Name("attempt").Integer(attempt);
        json.Name("cell").String(cell.ToString());
        json.Name("event").String("timer");
        if (itemKey is not null)
        {
            json.Name("item").String(itemKey);
        }

        json.Name("mission").String(mission.ToString());
        json.Name("now_us").Integer(0);
        // Without the zero.
        return json.ToArray()[..^1];
    }

    private static string Quoted(string text) => Encoding.UTF8.GetString(Jcs.Canonicalize(JsonSerializer.SerializeToUtf8Bytes(text)));
}
