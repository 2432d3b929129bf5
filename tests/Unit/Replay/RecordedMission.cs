using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Voxeltron.Cells;
using Voxeltron.Cosmictron;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Replay;
using Voxeltron.Tests.Unit.Cells;
using Voxeltron.Tests.Unit.Ultra;
using Voxeltron.Ultra;

namespace Voxeltron.Tests.Unit.Replay;

/// <summary>
/// A mission run on real cells and written down as a host does, in memory: one item completes, one is refused, one traps in
/// both attempts; <c>again</c> passes on what <c>work</c> came to. Entries can then be changed and chained anew: the work of
/// a forger who holds every key, so that only re-execution can tell.
/// </summary>
public sealed partial class RecordedMission : IDisposable
{
    public static readonly TenantId Tenant = new("demo");
    public static readonly MissionId Mission = new(TestKeys.Id(1));

    private static readonly HostId Host = new(TestKeys.Id(2));
    private static readonly byte[] Salt = [.. Enumerable.Repeat((byte)7, PayloadDigest.SaltBytes)];
    private static readonly byte[] Misbehave = Guest("tests", "Guests", "bin", "misbehave.wasm");
    private static readonly byte[] Echo = Guest("samples", "echo", "echo.wasm");

    /// <summary>Begins a timer of no time in its task, and completes when that runs out.</summary>
    private static readonly byte[] s_waiter = CellFixture.Text("""
        (module
          (import "vx" "timer_begin" (func $begin (param i64 i32 i32) (result i32)))
          (import "vx" "complete" (func $complete (param i32 i32) (result i32)))
          (memory (export "memory") 1)
          (func (export "vx_abi_version") (result i32) i32.const 1)
          (func (export "vx_alloc") (param i32) (result i32) i32.const 1024)
          (func (export "on_task") (param i32 i32 i32 i32) (result i32) (drop (call $begin (i64.const 0) (i32.const 0) (i32.const 0))) i32.const 0)
          (func (export "on_timer") (param i32 i32) (result i32) (call $complete (i32.const 0) (i32.const 0))))
        """);

    private readonly InjectedFault? _fault;
    private readonly bool _byCell;
    private readonly byte[] _work;
    private readonly string[] _items;
    private readonly string _profile;
    private long _waitedUs;
    private readonly CellEngine _engine = new(new CellEngineOptions { MaxCells = 4 });
    private readonly MissionState _state = new(Tenant, Mission, StoreLimits.Default);
    private readonly List<Entry> _honest = [];
    private readonly List<Guid> _intents = [];

    public RecordedMission()
        : this(Misbehave)
    {
    }

    /// <summary>One that crashes in a loop, under a restart policy that bears one fault in its period.</summary>
    public static RecordedMission Crashing(params string[] items) => new(
        Misbehave, items, """{"memory_limit_bytes": 4194304, "fuel_per_action": 100000000, "restart": {"intensity": 1, "period_ms": 60000, "hold_ms": 50, "max_hold_ms": 150}}""");

    /// <summary>One task that waits for a timer; a fault is injected into its first cell meanwhile, and its second completes.</summary>
    /// <param name="byCell">The fault names the cell, else the task.</param>
    public static RecordedMission Injected(InjectedFault fault, bool byCell = false) => new(
        s_waiter, ["wait"], """{"memory_limit_bytes": 4194304, "fuel_per_action": 10000000, "faults": true}""", fault, byCell);

    /// <param name="work">The module of the task <c>work</c>.</param>
    /// <param name="profile">The default profile.</param>
    internal RecordedMission(byte[] work, string[]? items = null, string? profile = null, InjectedFault? fault = null, bool byCell = false, string? gate = null)
    {
        _work = work;
        _gate = gate;
        (_fault, _byCell) = (fault, byCell);
        _items = items ?? ["count", "fail", "unreachable"];
        _profile = profile ?? """{"memory_limit_bytes": 4194304, "fuel_per_action": 100000000}""";
        using var module = _engine.Compile(work, ModuleDigest.Of(work));
        using var echo = _engine.Compile(Echo, ModuleDigest.Of(Echo));
        Begin();
        var runner = new CellRunner(_engine, _state);
        while (!_state.Finished)
        {
            if (Snapshot is null && _honest.Count(static entry => entry.Header.Kind == EntryKinds.Action) == 2)
            {
                TakeSnapshot();
            }

            if (StepGates())
            {
                continue;
            }

            if (_state.Machine.TryTakeReady(NowUs, out var ready))
            {
                Run(runner, ready, ready.Module == EchoDigest ? echo : module);
            }
            else
            {
                Decide();
            }
        }
    }

    /// <summary>The state after the second action, of which the next entry says the root.</summary>
    public SnapshotContent Snapshot { get; private set; } = null!;

    public static ModuleDigest EchoDigest => ModuleDigest.Of(Echo);

    public IReadOnlyList<Entry> Honest => _honest;

    private long NowUs => 1_772_000_000_000_000 + (_honest.Count * 1000L) + _waitedUs;

    /// <summary>The n-th entry of a kind, from 0.</summary>
    public long SeqOf(string kind, int n = 0) => _honest.Where(entry => entry.Header.Kind == kind).ElementAt(n).Header.Seq;

    /// <summary>The honest entries, one body changed.</summary>
    public List<Entry> Forged(long seq, Action<JsonObject> change) => Changed(entry => entry.Header.Seq == seq ? WithBody(entry, change) : entry);

    /// <summary>The honest entries, one payload changed and committed to.</summary>
    public List<Entry> ForgedPayload(long seq, Action<JsonObject> change) => Changed(entry => entry.Header.Seq == seq ? WithPayload(entry, change) : entry);

    /// <summary>The honest entries as an engine would have written them that counts fuel otherwise: for it, so much was enough for every event.</summary>
    public List<Entry> OfAnotherEngine(long fuelPerAction) => Changed(entry => entry.Header.Kind switch
    {
        EntryKinds.MissionSubmitted => WithPayload(entry, spec => spec["profiles"]!["default"]!["fuel_per_action"] = fuelPerAction),
        EntryKinds.CellBooted or EntryKinds.CellBootFailed => WithBody(entry, static body => body["fingerprint"] = new string('0', 64)),
        _ => entry,
    });

    /// <summary>The honest entries as a build wrote them that knew no classes of faults.</summary>
    public List<Entry> Older() => Changed(static entry => entry.Header.Kind is EntryKinds.ActionAborted or EntryKinds.CellBootFailed ? WithBody(entry, static body => body.Remove("fault")) : entry);

    /// <summary>The honest entries, one at another time.</summary>
    public List<Entry> Retimed(long seq, long timeUs) => Changed(entry => entry.Header.Seq == seq ? entry with { Header = entry.Header with { TimeUs = timeUs } } : entry);

    /// <summary>The honest entries without one; those behind it move up.</summary>
    public List<Entry> Without(long seq) => Renumbered(_honest.Where(entry => entry.Header.Seq != seq));

    public List<Entry> WithoutAll(params long[] seqs) => Renumbered(_honest.Where(entry => !seqs.Contains(entry.Header.Seq)));

    /// <summary>The honest entries with one of them once more.</summary>
    public List<Entry> WithCopy(long seq, long before) => Renumbered([.. _honest.Take((int)before - 1), _honest[(int)seq - 1], .. _honest.Skip((int)before - 1)]);

    private static List<Entry> Renumbered(IEnumerable<Entry> entries)
    {
        var renumbered = new List<Entry>();
        foreach (var entry in entries)
        {
            var header = entry.Header with { Seq = renumbered.Count + 1 };
            renumbered.Add(entry with { Header = header, Chain = Chain.Next(renumbered.Count == 0 ? Chain.Zero : renumbered[^1].Chain, header, entry.Body) });
        }

        return renumbered;
    }

    /// <summary>The honest entries without these payloads. Erasing changes no chain value.</summary>
    public List<Entry> Erased(params long[] seqs) =>
        [.. _honest.Select(entry => seqs.Contains(entry.Header.Seq) ? entry with { Payload = null, PayloadSalt = null } : entry)];

    /// <summary>The entries as a log with the modules they need; nothing is sealed.</summary>
    public static InMemoryLog LogOf(IEnumerable<Entry> entries) => new() { Entries = [.. Uploads(Misbehave, erased: false).Select(static (entry, i) => entry with { Header = entry.Header with { Seq = i + 1 }, Chain = new byte[Chain.Bytes] }), .. entries] };

    /// <summary>From the snapshot on; what it needs of before, it asks of the honest log.</summary>
    public async Task<ReplayReport> ReplayFromSnapshotAsync(byte[] snapshot, IEnumerable<Entry> entries)
    {
        using var modules = new ModuleLibrary(_engine);
        await modules.LoadAsync(Stream(Uploads(_work, erased: false)), CancellationToken.None);
        using var replay = new MissionReplay(_engine, modules, Tenant, Mission, TimeProvider.System);
        var reader = MissionSnapshot.Open(snapshot, Snapshot.Root);
        await replay.BeginFromAsync(reader, (seq, _) => Task.FromResult<Entry?>(_honest[(int)seq - 1]), CancellationToken.None);
        return await replay.RunAsync(Stream(entries.Where(entry => entry.Header.Seq > reader.At.Seq)), CancellationToken.None);
    }

    public async Task<ReplayReport> ReplayAsync(IEnumerable<Entry> entries, bool eraseModules = false, long? until = null, CellId? cell = null, int? abi = null, bool withModules = true, bool swapModules = false, CellEngine? engine = null)
    {
        engine ??= _engine;
        using var modules = new ModuleLibrary(engine);
        await modules.LoadAsync(Stream(!withModules ? [] : swapModules ? Swapped() : Uploads(_work, eraseModules).Concat(abi is { } number ? new[] { _work, Echo }.Select(wasm => Registered(wasm, number)) : [])), CancellationToken.None);
        using var replay = new MissionReplay(engine, modules, Tenant, Mission, TimeProvider.System) { Until = until, OnlyCell = cell };
        return await replay.RunAsync(Stream(entries), CancellationToken.None);
    }

    public void Dispose() => _engine.Dispose();

    private void Begin()
    {
        var spec = $$$"""
            {"spec": "v1", "name": "forgery", "inputs": {"requests": {"max_items": 10}},
             "profiles": {"default": {{{_profile}}},
                          "wide": {"memory_limit_bytes": 8388608, "fuel_per_action": 100000000}},
             "tables": [{"name": "item", "key": ["id"], "scope": "mission", "columns": [
               {"name": "id", "type": "text"}, {"name": "amount", "type": "int64"}, {"name": "ratio", "type": "float64"}]}],
             {{{(_gate is null ? "" : $"\"gates\": {{\"release\": {_gate}}},")}}}
             "tasks": [{"id": "work", "module": "{{{ModuleDigest.Of(_work)}}}", "map": "requests", {{{(_gate is null ? "" : "\"gate\": \"release\",")}}} "retry": {"max_attempts": 2, "backoff_ms": 0}},
                       {"id": "again", "module": "{{{EchoDigest}}}", "map": "requests", "inputFrom": "work", "dependsOn": ["work"]}]}
            """;
        var secret = Enumerable.Repeat((byte)9, DeliveryId.SecretBytes).ToArray();
        Apply(EntryBodies.EpochBegan(Host, TestKeys.Signer(1).KeyId, 1, 0, new SaltedPayload(secret, Salt)));
        Intent(EntryKinds.MissionSubmitted, null, Encoding.UTF8.GetBytes(spec));
        if (_state.Spec is null)
        {
            throw new InvalidOperationException(string.Join('\n', MissionSpec.Parse(Encoding.UTF8.GetBytes(spec)).Errors));
        }

        foreach (var item in _items)
        {
            // What is behind a dot only makes the key another.
            Intent(EntryKinds.InputSubmitted, json => json.Name("input").String("requests").Name("item").String(item), Encoding.UTF8.GetBytes(item.Split('.')[0]));
        }

        Intent(EntryKinds.InputClosed, static json => json.Name("input").String("requests"), null);
    }

    private void Intent(string kind, Action<JcsWriter>? extra, byte[]? payload)
    {
        var api = TestKeys.Signer(3);
        var intent = IntentBuilder.Build(
            api, Actors.Key("api", api.KeyId), Tenant, StreamId.Of(Mission), kind, NowUs, TestKeys.Id(100 + _honest.Count), extra, payload, payload is null ? null : Salt);
        Apply(new EntryDraft(kind, intent.Actor, intent.Body, intent.Payload, intent.Salt));
        _intents.Add(intent.Id);
    }

    private void TakeSnapshot()
    {
        var last = _honest[^1];
        Snapshot = MissionSnapshot.Write(new StreamPosition(last.Header.Seq, last.Header.Epoch, last.Header.TimeUs, last.Chain), _intents, _state);
        Apply(EntryBodies.SnapshotTaken(Host, Snapshot.Root, Snapshot.StateRoot, Snapshot.Bytes.Length));
    }

    private void Run(CellRunner runner, ReadyTask task, CellModule module)
    {
        var cell = new CellId(TestKeys.Id(1000 + _honest.Count));
        var input = new InputReference(task.Input.Kind == TaskInputKind.Item ? InputKind.Item : InputKind.Result, task.Input.Seq);
        Apply(EntryBodies.TaskDispatched(Host, cell, task.TaskKey, task.Attempt, input, task.IsLong));
        var request = new BootRequest(module, cell, task.Profile, task.TaskKey, task.Attempt, task.Attempt > 1, NowUs, task.IsLong);
        var boot = runner.Boot(request, new BootClock(TimeProvider.System));
        if (boot.Cell is null)
        {
            Apply(EntryBodies.Aborted(EntryKinds.CellBootFailed, Host, new AbortRecord(
                cell, task.Module, task.TaskKey, task.Attempt, true, boot.Outcome.Code!, request.NowUs, boot.Outcome.FuelUsed, Fingerprint: _engine.Fingerprint)));
            return;
        }

        using var live = boot.Cell;
        Append(EntryBodies.CellBooted(
            Host,
            new BootRecord(cell, TestKeys.Signer(5).PublicKey, task.Module, task.Profile.Name, _engine.Fingerprint, task.TaskKey, task.Attempt,
                BootReasons.Of(task.Attempt), request.NowUs, boot.Outcome.FuelUsed, boot.Writes.Count, default),
            new SaltedPayload(ActionPayload.Write(boot.Outcome, boot.Writes, withResult: false), Salt)));
        _state.Booted(_honest.Count);
        var delivery = new CellDelivery(live, Mission, task.TaskKey, task.ItemKey, task.Attempt, task.IsLong);
        var (nowUs, told) = (NowUs, DeliveredEvent.Task);
        var source = _honest[(int)input.Seq - 1];
        var bytes = input.Kind == InputKind.Item ? source.Payload! : ActionPayload.ReadResult(source.Payload);
        ActionOutcome outcome;
        WriteSet writes;
        if (_state.Timers.HasBegun(task.TaskKey))
        {
            _state.Timers.Requeue(task.TaskKey);
            (outcome, writes, nowUs, told) = RunTimer(runner, delivery);
        }
        else
        {
            (outcome, writes) = runner.RunTask(delivery, bytes, nowUs);
            if (outcome.Status == ActionStatus.Waiting)
            {
                var waits = Append(EntryBodies.Action(
                    new ActionRecord(cell, task.TaskKey, task.Attempt, input, nowUs, Outcomes.Waiting, null, outcome.FuelUsed, writes.Count),
                    new SaltedPayload(ActionPayload.Write(outcome, writes, withResult: false, _state.Store.Views), Salt)));
                _state.Waits(task.TaskKey, task.Attempt, told, NewTickets.Of(outcome), nowUs, waits.Header.Seq, waits.Header.TimeUs);
                Inject(cell, task.TaskKey);
                (outcome, writes, nowUs, told) = RunTimer(runner, delivery);
            }
        }

        if (outcome.Status == ActionStatus.Aborted)
        {
            Apply(EntryBodies.Aborted(
                EntryKinds.ActionAborted, Host, new AbortRecord(cell, task.Module, task.TaskKey, task.Attempt, false, outcome.Code!, nowUs, outcome.FuelUsed, told)));
            Append(EntryBodies.CellStopped(Host, cell, "aborted"));
            return;
        }

        var word = Outcomes.Of(outcome.Status);
        var acted = Append(EntryBodies.Action(
            new ActionRecord(cell, task.TaskKey, task.Attempt, told.IsTask ? input : InputReference.None, nowUs, word, outcome.Code, outcome.FuelUsed, writes.Count, told),
            new SaltedPayload(ActionPayload.Write(outcome, writes, withResult: true, _state.Store.Views), Salt)));
        _state.Acted(task.TaskKey, task.Attempt, word, outcome.Code, acted.Header.Seq, acted.Header.TimeUs);
        Note(_state.Machine.DueIncident);
        Append(EntryBodies.CellStopped(Host, cell, word));
    }

    private (ActionOutcome, WriteSet, long, DeliveredEvent) RunTimer(CellRunner runner, CellDelivery delivery)
    {
        if (!_state.Timers.TryPeek(out var timer))
        {
            throw new InvalidOperationException("The guest waits for no timer.");
        }

        var nowUs = Math.Max(NowUs, timer.DueUs);
        var (outcome, writes) = runner.RunTimer(delivery, timer, nowUs);
        return (outcome, writes, nowUs, new DeliveredEvent(timer.Ticket));
    }

    private void Inject(CellId cell, string task)
    {
        if (_fault is { } fault)
        {
            Intent(EntryKinds.FaultInjectRequested, json => Target(json, fault, cell, task), null);
            Append(EntryBodies.FaultInjected(Host, _state.InjectRequested(_honest.Count + 1)));
        }
    }

    private void Target(JcsWriter json, InjectedFault fault, CellId cell, string task)
    {
        if (_byCell)
        {
            json.Name("cell").String(cell.ToString()).Name("fault").String(fault.Word());
        }
        else
        {
            json.Name("fault").String(fault.Word()).Name("task").String(task);
        }
    }

    private void Decide()
    {
        var decisions = _state.Machine.Decide(NowUs);
        _waitedUs += decisions.Count == 0 ? Math.Max(1, _state.Machine.NextWakeUs!.Value - NowUs) : 0;
        foreach (var decision in decisions)
        {
            Note(_state.Machine.EndingIncident);
            var counts = _state.Machine.Counts;
            Apply(decision switch
            {
                Decision.Fail fail => EntryBodies.TaskFailed(Host, fail.TaskKey, fail.Attempt, fail.Code),
                Decision.Skip skip => EntryBodies.TaskSkipped(Host, skip.TaskKey, skip.Upstream),
                Decision.Complete complete => EntryBodies.MissionCompleted(Host, complete.Status, new MissionTally(
                    counts.Total, counts.Completed, counts.Refused, counts.Failed, counts.Skipped, counts.Cancelled, Convert.ToHexStringLower(_state.Store.Root()))),
                _ => throw new InvalidOperationException(decision.ToString()),
            });
        }
    }

    private void Apply(EntryDraft draft)
    {
        _state.Apply(Append(draft));
        Note(_state.Spec is null ? null : _state.Machine.DueIncident);
    }

    private void Note(Incident? incident)
    {
        if (incident is not null)
        {
            _state.Apply(Append(EntryBodies.OfIncident(Host, incident)));
        }
    }

    private Entry Append(EntryDraft draft)
    {
        var header = new EntryHeader(Tenant, StreamId.Of(Mission), _honest.Count + 1, 1, NowUs, draft.Kind, draft.Actor);
        var previous = _honest.Count == 0 ? Chain.Zero : _honest[^1].Chain;
        var entry = new Entry(header, draft.Body, draft.Payload, draft.Salt, Chain.Next(previous, header, draft.Body));
        _honest.Add(entry);
        return entry;
    }

    private static Entry WithBody(Entry entry, Action<JsonObject> change)
    {
        var body = JsonNode.Parse(entry.Body.Utf8.Span)!.AsObject();
        change(body);
        return entry with { Body = Encoding.UTF8.GetString(Jcs.Canonicalize(Encoding.UTF8.GetBytes(body.ToJsonString()))) };
    }

    private static Entry WithPayload(Entry entry, Action<JsonObject> change)
    {
        var payload = JsonNode.Parse(entry.Payload!)!.AsObject();
        change(payload);
        var bytes = JsonSerializer.SerializeToUtf8Bytes(payload);
        return WithBody(entry with { Payload = bytes }, body => body["payload"] = new JsonObject { ["digest"] = PayloadDigest.Hex(Salt, bytes), ["size"] = bytes.Length });
    }

    private List<Entry> Changed(Func<Entry, Entry> change)
    {
        var entries = new List<Entry>();
        foreach (var honest in _honest)
        {
            var entry = change(honest);
            entry = entry == honest && honest.Header.Kind == EntryKinds.SnapshotTaken ? Rerooted(honest, entries) : entry;
            entries.Add(entry with { Chain = Chain.Next(entries.Count == 0 ? Chain.Zero : entries[^1].Chain, entry.Header, entry.Body) });
        }

        return entries;
    }

    /// <summary>The snapshot a forger would write after <paramref name="before"/>: its root covers the chain, so it is another one.</summary>
    private Entry Rerooted(Entry snapshot, List<Entry> before)
    {
        var last = before[^1];
        if (last.Chain.AsSpan().SequenceEqual(Snapshot.At.Chain))
        {
            return snapshot;
        }

        var state = new MissionState(Tenant, Mission, StoreLimits.Default);
        try
        {
            before.ForEach(state.Apply);
        }
        catch (Exception impossible) when (impossible is InvariantException or StateFormatException or KeyNotFoundException
            or FormatException or InvalidOperationException or ArgumentException or OverflowException)
        {
            // A forgery no state follows from: it is found before anyone looks at the snapshot.
            return snapshot;
        }

        var content = MissionSnapshot.Write(new StreamPosition(last.Header.Seq, last.Header.Epoch, last.Header.TimeUs, last.Chain), _intents, state);
        return snapshot with { Body = EntryBodies.SnapshotTaken(Host, content.Root, content.StateRoot, content.Bytes.Length).Body };
    }

    private static IEnumerable<Entry> Uploads(byte[] work, bool erased) => new[] { work, Echo }.Select(wasm => Upload(wasm, erased));

    /// <summary>Each module's entry holds the other one's bytes.</summary>
    private IEnumerable<Entry> Swapped() => [Upload(_work, erased: false) with { Payload = Echo }, Upload(Echo, erased: false) with { Payload = _work }];

    private static Entry Registered(byte[] wasm, int abi) => new(
        new EntryHeader(Tenant, StreamId.System(Tenant), 2, 1, 1, EntryKinds.ModuleRegistered, "host/test"), $$"""{"abi":{{abi}},"digest":"{{ModuleDigest.Of(wasm)}}"}""", null, null, []);

    private static Entry Upload(byte[] wasm, bool erased)
    {
        var header = new EntryHeader(Tenant, StreamId.System(Tenant), 1, 1, 1, EntryKinds.ModuleSubmitted, "api/test");
        return new Entry(header, $$"""{"digest":"{{ModuleDigest.Of(wasm)}}"}""", erased ? null : wasm, erased ? null : Salt, []);
    }

    private static byte[] Guest(params string[] path) => File.ReadAllBytes(Path.Combine([RepositoryRoot.Path, .. path]));

    public static async IAsyncEnumerable<Entry> Stream(IEnumerable<Entry> entries)
    {
        foreach (var entry in entries)
        {
            yield return entry;
        }

        await Task.CompletedTask;
    }
}
