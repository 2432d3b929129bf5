using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Voxeltron.Cells;
using Voxeltron.Cosmictron;

namespace Voxeltron.Execution;

/// <summary>
/// The payload of <c>cell.booted</c> and <c>action</c>: everything the delivery did, as JSON an auditor reads in SQL.
/// Written directly and in one order, so the same outcome gives the same bytes on every machine.
/// </summary>
/// <remarks>
/// <code>{"denied":[{"code":…,"count":n,"place":…}…]?,"emits":[{"name":…,"value":B}…],"gates":[{"gate":…,"rows":[{"key":[…],"table":…}…],"subject":…,"tag":…,"ticket":n}…]?,"logs":[{"level":n,"text":…}…],"message":…?,"models":[{"class":…,"max_tokens":n,"request":{…},"tag":…,"ticket":n}…]?,"requests":[{"body":B,"headers":[[name,value]…],"method":…,"redirects":n,"response_bytes":n,"tag":…,"ticket":n,"timeout_ms":n,"url":…}…]?,"result":B?,
/// "subscribes":[{"prefix":{…},"ticket":n,"view":…}…]?,"timers":[{"delay_us":n,"tag":…,"ticket":n}…]?,"unsubscribes":[n…]?,"writes":[…]}</code>
/// where a prefix is of the view's first columns, and B is <c>{"text":…}</c> when the bytes are UTF-8 and <c>{"base64":…}</c> otherwise; writes as in <see cref="WriteSet.WriteJson"/>.
/// </remarks>
public static class ActionPayload
{
    internal static readonly JsonWriterOptions Plain = new()
    {
        // The text goes into a database column and a JSON parser, never into a page; escaping more than JSON needs would only hide it.
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <summary>A thread keeps no more for the next payload.</summary>
    private const int MostKeptBytes = 64 * 1024;

    [ThreadStatic]
    private static Scratch? t_scratch;

    // Hot path: per action; one allocation, the bytes.
    public static byte[] Write(ActionOutcome outcome, WriteSet writes, bool withResult, MissionViews? views = null)
    {
        var scratch = t_scratch ?? new Scratch();
        t_scratch = null;
        var bytes = Write(scratch, outcome, writes, withResult, views);
        if (bytes.Length <= MostKeptBytes)
        {
            t_scratch = scratch;
        }

        return bytes;
    }

    private static byte[] Write(Scratch scratch, ActionOutcome outcome, WriteSet writes, bool withResult, MissionViews? views)
    {
        var (json, rows) = scratch.Begin();
        json.WriteStartObject();
        if (outcome.Denied.Count > 0)
        {
            RequestPayload.WriteDenied(json, outcome.Denied);
        }

        json.WriteStartArray("emits"u8);
        foreach (var emit in outcome.Emits)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, emit.Name);
            WriteBytes(json, "value"u8, emit.Value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (outcome.Gates.Count > 0)
        {
            RequestPayload.WriteGates(json, outcome.Gates);
        }

        json.WriteStartArray("logs"u8);
        foreach (var line in outcome.Logs)
        {
            json.WriteStartObject();
            json.WriteNumber("level"u8, (int)line.Level);
            json.WriteString("text"u8, line.Text);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (outcome.Message is not null)
        {
            json.WriteString("message"u8, outcome.Message);
        }

        if (outcome.ModelCalls.Count > 0)
        {
            ModelPayload.WriteCalls(json, outcome.ModelCalls);
        }

        if (outcome.Requests.Count > 0)
        {
            RequestPayload.WriteRequests(json, outcome.Requests);
        }

        if (withResult)
        {
            WriteBytes(json, "result"u8, outcome.Result);
        }

        if (outcome.Subscribed.Count > 0)
        {
            WriteSubscribed(json, rows, outcome.Subscribed, views!);
        }

        if (outcome.Timers.Count > 0)
        {
            json.WriteStartArray("timers"u8);
            foreach (var timer in outcome.Timers)
            {
                json.WriteStartObject();
                json.WriteNumber("delay_us"u8, timer.DelayUs);
                json.WriteString("tag"u8, timer.Tag);
                json.WriteNumber("ticket"u8, timer.Ticket);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        if (outcome.Unsubscribed.Count > 0)
        {
            json.WriteStartArray("unsubscribes"u8);
            foreach (var ticket in outcome.Unsubscribed)
            {
                json.WriteNumberValue(ticket);
            }

            json.WriteEndArray();
        }

        json.WritePropertyName("writes"u8);
        writes.WriteJson(rows);
        json.WriteRawValue(rows.WrittenSpan, skipInputValidation: true);
        json.WriteEndObject();
        json.Flush();
        return scratch.Written.ToArray();
    }

    private static void WriteSubscribed(Utf8JsonWriter json, ArrayBufferWriter<byte> scratch, IReadOnlyList<CellSubscription> subscribed, MissionViews views)
    {
        json.WriteStartArray("subscribes"u8);
        foreach (var begun in subscribed)
        {
            json.WriteStartObject();
            scratch.ResetWrittenCount();
            views.WritePrefix(begun.View, begun.Prefix, scratch);
            json.WritePropertyName("prefix"u8);
            json.WriteRawValue(scratch.WrittenSpan, skipInputValidation: true);
            json.WriteNumber("ticket"u8, begun.Ticket);
            json.WriteString("view"u8, begun.View);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        scratch.ResetWrittenCount();
    }

    /// <summary>What a fold takes from a payload: the writes, and what the task began to wait for.</summary>
    // Hot path: per entry of a recovery; the JSON is gone over once.
    public static (IReadOnlyList<RowWrite> Writes, NewTickets Tickets) Read(byte[]? payload, IReadOnlyList<TableSchema> tables, MissionViews views)
    {
        if (payload is null)
        {
            throw new PayloadErasedException("The recorded writes were erased: the state cannot be rebuilt past this entry.");
        }

        using var document = JsonDocument.Parse(payload);
        var root = document.RootElement;
        return (WriteSet.ReadJson(root.GetProperty("writes"), tables), ReadTickets(root, views));
    }

    private static NewTickets ReadTickets(JsonElement root, MissionViews views) => new(
        ReadTimers(root),
        root.TryGetProperty("subscribes", out var begun)
            ? [.. begun.EnumerateArray().Select(one => ReadSubscription(one, views))]
            : [],
        root.TryGetProperty("unsubscribes", out var ended) ? [.. ended.EnumerateArray().Select(static ticket => ticket.GetInt64())] : [],
        RequestPayload.ReadBegun(root));

    private static CellSubscription ReadSubscription(JsonElement begun, MissionViews views)
    {
        var view = begun.GetProperty("view").GetString()!;
        return new CellSubscription(begun.GetProperty("ticket").GetInt64(), view, views.ReadPrefix(view, begun.GetProperty("prefix")));
    }

    private static CellTimer[] ReadTimers(JsonElement root) => root.TryGetProperty("timers", out var timers)
        ? [.. timers.EnumerateArray().Select(static timer => new CellTimer(
            timer.GetProperty("ticket").GetInt64(), timer.GetProperty("delay_us").GetInt64(), timer.GetProperty("tag").GetString()!))]
        : [];

    /// <summary>The bytes a cell gave to <c>complete</c>; empty when it gave none.</summary>
    public static byte[] ReadResult(byte[]? payload)
    {
        if (payload is null)
        {
            throw new PayloadErasedException("The recorded result was erased.");
        }

        using var document = JsonDocument.Parse(payload);
        if (!document.RootElement.TryGetProperty("result", out var result))
        {
            return [];
        }

        return ReadBytes(result);
    }

    internal static byte[] ReadBytes(JsonElement bytes) => bytes.TryGetProperty("text", out var text)
        ? Encoding.UTF8.GetBytes(text.GetString()!)
        : bytes.GetProperty("base64").GetBytesFromBase64();

    internal static void WriteBytes(Utf8JsonWriter json, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, bool isText = true)
    {
        json.WriteStartObject(name);
        // Postgres text holds no NUL, so such bytes travel as base64 though they are valid UTF-8.
        if (isText && Utf8.IsValid(value) && !value.Contains((byte)0))
        {
            json.WriteString("text"u8, value);
        }
        else
        {
            json.WriteBase64String("base64"u8, value);
        }

        json.WriteEndObject();
    }

    /// <summary>A thread's buffers between two payloads.</summary>
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "The writer holds nothing but the buffer beside it; disposing would end its reuse.")]
    private sealed class Scratch
    {
        private readonly ArrayBufferWriter<byte> _buffer = new(1_024);
        private readonly ArrayBufferWriter<byte> _rows = new(512);
        private readonly Utf8JsonWriter _json;

        public Scratch() => _json = new Utf8JsonWriter(_buffer, Plain);

        public ReadOnlySpan<byte> Written => _buffer.WrittenSpan;

        public (Utf8JsonWriter Json, ArrayBufferWriter<byte> Rows) Begin()
        {
            _buffer.ResetWrittenCount();
            _rows.ResetWrittenCount();
            _json.Reset();
            return (_json, _rows);
        }
    }
}
