using System.Text.Json;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Ultra;

namespace Voxeltron.Execution;

// Human gates: who asked for what, what is open, and what people said.
public sealed partial class MissionState
{
    // By the seq of the item's entry. Kept where the spec has gates alone; a name is one object however many items it brought.
    private readonly SortedDictionary<long, string> _submitters = [];
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private string? _submitter;
    private HashSet<string>? _gateNames;

    public GateBook Gates => Machine.Gates;

    /// <summary>What a cell may name in <c>gate_begin</c>; null where the mission has no gates.</summary>
    public IReadOnlySet<string>? GateNames => Spec!.Gates.Count == 0 ? null : _gateNames ??= [.. Spec.Gates.Keys];

    /// <summary>The spec has gates: then <see cref="Write"/> writes what became of them, and who asked for each item.</summary>
    public bool HasGates => Spec!.Gates.Count > 0;

    /// <summary>Came with the entry before, so the next one is its answer; null when none did.</summary>
    public GateDecision? SubmittedDecision { get; private set; }

    /// <summary>An intent that brings work was appended: whoever sent it cannot approve it.</summary>
    // Hot path: per item, and nothing where the mission has no gates.
    public void NoteRequester(Entry entry)
    {
        if (entry.Header.Kind == EntryKinds.MissionSubmitted && Spec is null)
        {
            _submitter = CallerOf(entry);
        }
        else if (entry.Header.Kind == EntryKinds.InputSubmitted && Spec is { Gates.Count: > 0 } && CallerOf(entry) is { } name)
        {
            _submitters[entry.Header.Seq] = _names.TryGetValue(name, out var known) ? known : _names[name] = name;
        }
    }

    /// <summary>The API keys of those who asked for the task: who submitted the mission, and who submitted the item it reads.</summary>
    public IReadOnlyList<string> RequestersOf(string taskKey)
    {
        var requesters = new List<string>();
        if (_submitter is not null)
        {
            requesters.Add(_submitter);
        }

        foreach (var seq in Machine.ItemSeqsOf(taskKey))
        {
            if (_submitters.TryGetValue(seq, out var name) && !requesters.Contains(name))
            {
                requesters.Add(name);
            }
        }

        return requesters;
    }

    /// <summary>A gate was opened by the entry at this seq.</summary>
    /// <param name="document">Null: erased.</param>
    public void OpenGate(JsonElement body, byte[]? document, long seq, long timeUs)
    {
        var name = Text(body, "gate");
        if (!Spec!.Gates.TryGetValue(name, out var rule))
        {
            throw new InvariantException($"The spec declares no gate '{name}'.");
        }

        var ticket = body.TryGetProperty("ticket", out var number) ? number.GetInt64() : 0;
        Fold(new GateFact.Opened(
            new Gate(
                seq, rule, Text(body, "task"), ticket, ticket == 0 ? null : Cell(body), new ModuleDigest(Text(body, "module")), Text(body, "digest"),
                [.. body.GetProperty("requesters").EnumerateArray().Select(static one => one.GetString()!)], document is null ? null : GateDocument.RowsIn(document), timeUs),
            timeUs));
    }

    /// <summary>A decision was appended; it is answered by the next entry.</summary>
    /// <returns>Null where the mission takes none any more.</returns>
    public GateDecision? SubmitDecision(Entry entry) => SubmittedDecision = _machine is null || Finished ? null : GateDecision.Of(entry);

    /// <summary>Why a decision would not count, by code; null when it would. Its signature is judged by itself.</summary>
    public string? DecisionRefusal(GateDecision decision) =>
        decision.IsMalformed ? GateCodes.Malformed : Gates.Refusal(decision.OpenedSeq, decision.Vote, decision.TimeUs);

    /// <summary>Why what an open gate asks for is no longer what would be done, by code; null when nothing has changed.</summary>
    public string? ChangeOf(Gate gate) =>
        Machine.ModuleOf(gate) != gate.Module ? GateCodes.ModuleChanged
        : gate.Rows is null ? GateCodes.Erased
        : gate.Rows != "[]" && GateDocument.Rows(Store, gate.TaskKey, gate.Rows) != gate.Rows ? GateCodes.RowsChanged
        : null;

    /// <summary>The same of a gate that was approved, at the moment its cell is told: the answer may have waited for the cell.</summary>
    public string? ChangeSince(Gate gate) => gate.Rows is null && Machine.ModuleOf(gate) == gate.Module ? null : ChangeOf(gate);

    /// <summary>The gate as it would be with the decision counted.</summary>
    public Gate Preview(GateDecision decision) => Gates.Preview(decision.OpenedSeq, decision.Vote);

    /// <summary>The decision that was submitted was counted by the entry at this seq.</summary>
    /// <exception cref="InvariantException">None was, or it does not count.</exception>
    public void CountDecision(long seq, long timeUs)
    {
        var decision = SubmittedDecision ?? throw new InvariantException("Nobody submitted a decision.");
        SubmittedDecision = null;
        var gate = Gates.Find(decision.OpenedSeq);
        Fold(new GateFact.Decided(decision.OpenedSeq, decision.Vote, decision.TimeUs, seq, timeUs));
        Answer(gate!, seq);
    }

    public void VoidGate(long openedSeq, string code, long seq, long timeUs)
    {
        SubmittedDecision = null;
        var gate = Gates.Find(openedSeq);
        Fold(new GateFact.Voided(openedSeq, code, seq, timeUs));
        Answer(gate!, seq);
    }

    /// <summary>The gate's time was over, and the entry at this seq says so.</summary>
    public void ExpireGate(long openedSeq, bool escalates, long seq, long timeUs)
    {
        var gate = Gates.Find(openedSeq);
        Fold(escalates ? new GateFact.Escalated(openedSeq, seq, timeUs) : new GateFact.Expired(openedSeq, seq, timeUs));
        Answer(gate!, seq);
    }

    /// <summary>The owner refused the decision that was submitted.</summary>
    public void RefuseDecision() => SubmittedDecision = null;

    private void Answer(Gate before, long seq)
    {
        if (before.Ticket != 0 && Gates.Find(before.OpenedSeq) is { IsOpen: false })
        {
            Requests.Answered(before.TaskKey, before.Ticket, seq, null);
        }
    }

    private void ApplyGate(Entry entry, JsonElement body)
    {
        var (seq, timeUs) = (entry.Header.Seq, entry.Header.TimeUs);
        switch (entry.Header.Kind)
        {
            case EntryKinds.GateOpened:
                OpenGate(body, entry.Payload, seq, timeUs);
                break;
            case EntryKinds.GateDecided when SubmittedDecision is null || SubmittedDecision.OpenedSeq != body.GetProperty("opened_seq").GetInt64()
                || SubmittedDecision.Seq != body.GetProperty("decision_seq").GetInt64():
                throw new InvariantException($"Seq {seq} counts a decision that is not the entry before it.");
            case EntryKinds.GateDecided:
                CountDecision(seq, timeUs);
                break;
            case EntryKinds.GateVoided:
                VoidGate(body.GetProperty("opened_seq").GetInt64(), Text(body, "code"), seq, timeUs);
                break;
            default:
                ExpireGate(body.GetProperty("opened_seq").GetInt64(), entry.Header.Kind == EntryKinds.GateEscalated, seq, timeUs);
                break;
        }
    }

    private void ForgetGates()
    {
        _submitters.Clear();
        _names.Clear();
        (_submitter, _gateNames, SubmittedDecision) = (null, null, null);
    }

    private void WriteGates(BinaryWriter target)
    {
        Gates.Write(target);
        target.Write(_submitters.Count);
        foreach (var (seq, name) in _submitters)
        {
            target.Write(seq);
            target.Write(name);
        }
    }

    private void ReadGates(BinaryReader source)
    {
        Machine.ReadGates(source, Spec!.Gates);
        for (var left = source.ReadInt32(); left > 0; left--)
        {
            var (seq, name) = (source.ReadInt64(), source.ReadString());
            _submitters[seq] = _names.TryGetValue(name, out var known) ? known : _names[name] = name;
        }
    }

    private static string? CallerOf(Entry entry)
    {
        using var document = JsonDocument.Parse(entry.Body.Utf8);
        return document.RootElement.GetObject("caller")?.GetText("key");
    }
}
