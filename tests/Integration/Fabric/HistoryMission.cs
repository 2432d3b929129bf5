using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Tests.Support.Histories;
using Voxeltron.Ultra;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>
/// A mission of the history guest and everybody who watches it from outside. What is invoked when: a client's transaction when
/// it is about to send it; an agent's when its timer is delivered, as its entry says, on the same machine's clock. Answered
/// is either when its durable entry has come out of the event stream, which is the first that anyone outside can know of it.
/// </summary>
internal sealed class HistoryMission
{
    private readonly RunningFabric _fabric;
    private readonly ConcurrentDictionary<long, long> _seenUs = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _ended = new();
    private readonly ConcurrentDictionary<string, long> _sentUs = new();

    private HistoryMission(RunningFabric fabric, MissionId mission) => (_fabric, Mission, Events) = (fabric, mission, new EventFollower(fabric, mission, Saw));

    public MissionId Mission { get; }

    public EventFollower Events { get; }

    public int Actions => _seenUs.Count;

    public static async Task<HistoryMission> OpenAsync(RunningFabric fabric, string name)
    {
        var module = await fabric.RegisterAsync("history", BuiltFiles.Guest("history"));
        return new HistoryMission(fabric, await fabric.OpenAsync(Spec(module, name), wait: 20));
    }

    /// <summary>Sends one task, again until it is acknowledged, and returns when its end was seen.</summary>
    public async Task DoAsync(string item, string input)
    {
        var ended = _ended.GetOrAdd("work/" + item, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        _sentUs["work/" + item] = TimeProvider.System.NowUs();
        await _fabric.UntilAsync("Submitting", $"{item} acknowledged", () => _fabric.TrySubmitAsync(Mission, item, Encoding.ASCII.GetBytes(input)), static sent => sent);
        await ended.Task;
    }

    /// <summary>What was seen, and the order in which the log says it happened.</summary>
    public async Task<(History History, List<CommitPosition> Order)> JudgeableAsync()
    {
        await using var source = _fabric.Auditor(null);
        await using var log = await LogReader.OpenAsync(source, CancellationToken.None);
        var operations = new List<Operation>();
        var order = new List<CommitPosition>();
        await foreach (var entry in log.Entries(_fabric.Tenant, StreamId.Of(Mission), CancellationToken.None))
        {
            if (entry.Header.Kind == EntryKinds.Action && Told(entry) is { } told)
            {
                using var body = JsonDocument.Parse(entry.Body.Utf8);
                var task = body.RootElement.GetProperty("task").GetString()!;
                var isTimer = body.RootElement.GetProperty("event").GetString() == "timer";
                var invoked = isTimer ? body.RootElement.GetProperty("now_us").GetInt64() : _sentUs[task];
                order.Add(new CommitPosition(entry.Header.Seq, operations.Count));
                operations.Add(new Operation(operations.Count, Process(task), invoked, _seenUs[entry.Header.Seq], Outcome.Ok, Steps(told)));
            }
        }

        return (new History(operations), order);
    }

    private void Saw(SeenEvent seen, long nowUs)
    {
        if (seen.Kind != EntryKinds.Action)
        {
            return;
        }

        using var json = JsonDocument.Parse(seen.Body);
        var body = json.RootElement;
        _seenUs[seen.Seq] = nowUs;
        if (body.GetProperty("outcome").GetString() != "waiting" && _ended.TryGetValue(body.GetProperty("task").GetString()!, out var ended))
        {
            ended.TrySetResult();
        }
    }

    /// <summary>The transaction an action emitted, if it was one.</summary>
    private static string? Told(Entry entry)
    {
        using var payload = JsonDocument.Parse(entry.Payload!);
        return payload.RootElement.GetProperty("emits").EnumerateArray()
            .Where(static emit => emit.GetProperty("name").GetString() == "txn")
            .Select(static emit => emit.GetProperty("value").GetProperty("text").GetString())
            .SingleOrDefault();
    }

    /// <summary>Each task is a process of its own: it does one thing after the other.</summary>
    private static int Process(string task) => (int)(BitConverter.ToUInt32(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(task))) >> 1);

    private static MicroOp[] Steps(string told)
    {
        var (operations, answers) = (told.Split('|')[0].Split(';'), told.Split('|')[1].Split(';'));
        return [.. operations.Zip(answers, Step)];
    }

    private static MicroOp Step(string operation, string answer)
    {
        var words = operation.Split(' ');
        var (key, value) = (words[1], words.Length > 2 ? Number(words[2]) : 0);
        return words[0] switch
        {
            "lr" => new ListRead(key, [.. answer.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Number)]),
            "la" => new ListAppend(key, value),
            "rr" => new RegisterRead(key, answer == "-" ? null : Number(answer)),
            "rw" => new RegisterWrite(key, value),
            "cr" => new CounterRead(key, Number(answer)),
            "ca" => new CounterAdd(key, value),
            "ur" => new UniqueRead(key, answer == "-" ? null : Number(answer)),
            "ui" => new UniqueInsert(key, value, answer == "1"),
            "ud" => new UniqueDelete(key, answer == "1"),
            _ => throw new FormatException(operation),
        };
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static string Spec(string module, string name) =>
        $$$"""
        {"spec": "v1", "name": "{{{name}}}", "inputs": {"requests": {"max_items": 10000}},
         "tables": [{"name": "list", "key": ["id"], "scope": "mission", "columns": [{"name": "id", "type": "text"}, {"name": "items", "type": "text"}]},
           {"name": "register", "key": ["id"], "scope": "mission", "columns": [{"name": "id", "type": "text"}, {"name": "value", "type": "int64"}]},
           {"name": "counter", "key": ["id"], "scope": "mission", "columns": [{"name": "id", "type": "text"}, {"name": "value", "type": "int64"}]},
           {"name": "holder", "key": ["id"], "scope": "mission", "columns": [{"name": "id", "type": "int64"}, {"name": "name", "type": "text"}],
            "indexes": [{"name": "one_name", "columns": ["name"], "unique": true}]}],
         "tasks": [{"id": "work", "module": "{{{module}}}", "map": "requests", "retry": {"max_attempts": 20, "backoff_ms": 0}}]}
        """;
}
