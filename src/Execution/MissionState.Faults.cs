using System.Text.Json;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Ultra;

namespace Voxeltron.Execution;

// Faults that operators inject (ADR 18). Which cell's next event is one, the log says: an owner, its successor and a replay arm from here.
public sealed partial class MissionState
{
    public const string CellNotLive = "cell_not_live";
    public const string FaultsNotAllowed = "faults_not_allowed";
    public const string FaultPending = "fault_pending";
    public const string FaultUnknown = "fault_unknown";

    // By task. Ordered, since a snapshot writes them.
    private readonly SortedDictionary<string, ArmedFault> _armed = new(StringComparer.Ordinal);

    /// <summary>Asked for by the entry before, so the next one is its answer; null when nothing was.</summary>
    public FaultRequest? RequestedFault { get; private set; }

    /// <summary>Some cell's next event is a fault: then <see cref="Write"/> writes that too.</summary>
    public bool HasArmedFaults => _armed.Count > 0;

    /// <summary>The fault this cell's next event is to be; null, as of nearly all, when it is to be itself.</summary>
    // Hot path: per action.
    public InjectedFault? Armed(string taskKey, CellId cell) =>
        _armed.Count > 0 && _armed.TryGetValue(taskKey, out var armed) && armed.Cell == cell ? armed.Fault : null;

    /// <summary>Why a fault that was asked for may not be injected, by the state alone; null when it may.</summary>
    public string? FaultRefusal(FaultRequest request, out TaskSnapshot? target)
    {
        target = Finished ? null : _machine?.Waiting(request.TaskKey, request.Cell);
        return target is null ? CellNotLive
            : !Spec!.AllowsFaults.Contains(target.Profile.Name) ? FaultsNotAllowed
            : request.Fault.IsOfNextEvent() && _armed.ContainsKey(target.TaskKey) ? FaultPending
            : null;
    }

    /// <summary>An intent that asks for a fault was appended.</summary>
    public FaultRequest? RequestFault(Entry entry) => RequestedFault = _machine is null || Finished ? null : FaultRequest.Of(entry);

    /// <summary>The owner refused what was asked for.</summary>
    public void RefuseFault() => RequestedFault = null;

    /// <summary>The fault that was asked for was written down as done.</summary>
    /// <exception cref="InvariantException">Nobody asked for one, or it may not be injected.</exception>
    public InjectedTarget InjectRequested(long seq)
    {
        var request = RequestedFault ?? throw new InvariantException("Nobody asked for a fault.");
        if (FaultRefusal(request, out var target) is { } refusal)
        {
            throw new InvariantException($"The fault asked for at seq {request.Seq} may not be injected: {refusal}.");
        }

        RequestedFault = null;
        if (request.Fault.IsOfNextEvent())
        {
            _armed[target!.TaskKey] = new ArmedFault(target.Cell!.Value, request.Fault, seq);
        }

        return new InjectedTarget(request, target!.TaskKey, target.Cell!.Value, target.Profile.Name);
    }

    private void Inject(JsonElement body, long seq)
    {
        var injected = InjectRequested(seq);
        if (body.GetProperty("requested_seq").GetInt64() != injected.Request.Seq || Text(body, "fault") != injected.Request.Fault.Word()
            || Text(body, "task") != injected.TaskKey || Cell(body) != injected.Cell)
        {
            throw new InvariantException($"At seq {injected.Request.Seq} another fault was asked for.");
        }
    }

    /// <summary>The task's cell is gone, whatever took it: nothing is left to happen to it.</summary>
    private void Disarm(string taskKey) => _armed.Remove(taskKey);

    private void WriteArmed(BinaryWriter target)
    {
        target.Write(_armed.Count);
        foreach (var (task, armed) in _armed)
        {
            target.Write(task);
            target.Write(armed.Cell.Value.ToByteArray(bigEndian: true));
            target.Write(armed.Fault.Word());
            target.Write(armed.Seq);
        }
    }

    private void ReadArmed(BinaryReader source)
    {
        for (var left = source.ReadInt32(); left > 0; left--)
        {
            var (task, cell, word, seq) = (source.ReadString(), new CellId(new Guid(source.ReadBytes(16), bigEndian: true)), source.ReadString(), source.ReadInt64());
            if (!InjectedFaults.TryParse(word, out var fault) || !fault.IsOfNextEvent() || Machine.Waiting(task, null)?.Cell != cell)
            {
                throw new InvariantException($"Task '{task}' is said to await the fault '{word}' in {cell}.");
            }

            _armed.Add(task, new ArmedFault(cell, fault, seq));
        }
    }
}

/// <summary>Whom a fault was injected into.</summary>
public sealed record InjectedTarget(FaultRequest Request, string TaskKey, CellId Cell, string Profile);
