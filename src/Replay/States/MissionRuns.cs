using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Replay;

/// <summary>Every task of a mission and what it came to, read from the record without executing anything.</summary>
internal sealed class MissionRuns
{
    private readonly Dictionary<string, TaskRun> _tasks = new(StringComparer.Ordinal);
    private readonly Dictionary<long, string> _inputs = [];
    private readonly Dictionary<string, (string Module, string Fingerprint)> _cells = new(StringComparer.Ordinal);
    private long _lastSeq;

    public IReadOnlyDictionary<string, TaskRun> Tasks => _tasks;

    /// <summary>SHA-256 of the spec's bytes as submitted, hex; null when erased or never there.</summary>
    public string? Spec { get; private set; }

    /// <summary>Payloads of actions that are gone and could not be compared.</summary>
    public long Erased { get; private set; }

    /// <param name="until">The last entry to read; null for all.</param>
    /// <exception cref="VoxeltronException">No such mission or seq, or entries no host writes.</exception>
    public static async Task<MissionRuns> ReadAsync(IAsyncEnumerable<Entry> entries, TenantId tenant, MissionId mission, long? until, CancellationToken cancel)
    {
        var runs = new MissionRuns();
        await foreach (var entry in entries.WithCancellation(cancel))
        {
            if (entry.Header.Seq > until)
            {
                break;
            }

            try
            {
                runs.Take(entry);
            }
            catch (Exception malformed) when (malformed is JsonException or KeyNotFoundException or FormatException or InvalidOperationException or ArgumentException)
            {
                throw new VoxeltronException("log_damaged", $"Seq {entry.Header.Seq} ({entry.Header.Kind}) of {mission} is not of the form its kind has: {malformed.Message} Run 'voxeltron-replay verify'.", malformed);
            }
        }

        if (runs._lastSeq == 0)
        {
            throw new VoxeltronException("mission_not_found", $"Tenant {tenant} has no mission {mission}.");
        }

        return until is { } asked && runs._lastSeq < asked
            ? throw new VoxeltronException("seq_not_found", $"{mission} has no entry {asked}: its last is {runs._lastSeq}.")
            : runs;
    }

    private void Take(Entry entry)
    {
        var seq = _lastSeq = entry.Header.Seq;
        using var document = JsonDocument.Parse(entry.Body.Utf8);
        var body = document.RootElement;
        switch (entry.Header.Kind)
        {
            case EntryKinds.MissionSubmitted:
                Spec ??= entry.Payload is null ? null : Digest(entry.Payload);
                break;
            case EntryKinds.InputSubmitted when entry.Payload is not null:
                _inputs[seq] = Digest(entry.Payload);
                break;
            case EntryKinds.TaskDispatched:
                var input = InputReference.Read(body.GetProperty("input"));
                Named(body, seq).Input = input.Kind == InputKind.Item ? _inputs.GetValueOrDefault(input.Seq) : null;
                break;
            case EntryKinds.CellBooted:
                _cells[RecordedBodies.Text(body, "cell")] = (RecordedBodies.Text(body, "module"), RecordedBodies.Text(body, "fingerprint"));
                break;
            case EntryKinds.Action when body.TryGetProperty("task", out _):
                TakeAction(Named(body, seq), entry, body);
                break;
            case EntryKinds.TaskFailed:
                End(Named(body, seq), "failed", RecordedBodies.Text(body, "code"));
                break;
            case EntryKinds.GateDecided when RecordedBodies.Text(body, "state") == "denied" && !body.TryGetProperty("ticket", out _):
                End(Named(body, seq), "refused", GateCodes.Denied);
                break;
            case EntryKinds.GateExpired when !body.TryGetProperty("ticket", out _):
                End(Named(body, seq), "refused", GateCodes.Expired);
                break;
            case EntryKinds.TaskSkipped:
                End(Named(body, seq), "skipped", RecordedBodies.Text(body, "upstream"));
                break;
        }
    }

    private void TakeAction(TaskRun task, Entry entry, JsonElement body)
    {
        var outcome = RecordedBodies.Text(body, "outcome");
        var code = body.TryGetProperty("code", out var named) ? named.GetString() : null;
        var (result, writes, emits) = Parts(entry);
        task.Add(new ActionRun(entry.Header.Seq, RecordedBodies.Text(body, "event"), outcome, code, body.GetProperty("fuel").GetInt64(), result, writes, emits));
        if (_cells.TryGetValue(RecordedBodies.Text(body, "cell"), out var cell))
        {
            (task.Module, task.Fingerprint) = cell;
        }

        End(task, outcome, code);
    }

    private (string? Result, string? Writes, string? Emits) Parts(Entry entry)
    {
        if (entry.Payload is null)
        {
            Erased++;
            return default;
        }

        using var payload = JsonDocument.Parse(entry.Payload);
        return (Part("result"), Part("writes"), Part("emits"));

        string Part(string member) => payload.RootElement.TryGetProperty(member, out var value) ? Digest(Encoding.UTF8.GetBytes(value.GetRawText())) : "";
    }

    private TaskRun Named(JsonElement body, long seq)
    {
        var key = RecordedBodies.Text(body, "task");
        if (!_tasks.TryGetValue(key, out var task))
        {
            _tasks.Add(key, task = new TaskRun(key));
        }

        task.Seq = seq;
        return task;
    }

    private static void End(TaskRun task, string outcome, string? code) => (task.Outcome, task.Code) = (outcome, code);

    private static string Digest(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
