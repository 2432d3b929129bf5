using Voxeltron.Cosmictron;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Ultra;

namespace Voxeltron.Execution;

/// <summary>
/// A mission as its entries made it: spec, task graph, tables, secret, and where each input's bytes stand.
/// <see cref="Apply"/> folds any entry; the owner of a live mission, who has just committed an action's writes to the
/// same store, calls the narrower members instead, and both ways must end in the same state.
/// </summary>
public sealed partial class MissionState(TenantId tenant, MissionId mission, StoreLimits limits, SpecShelf? shelf = null)
{
    private readonly Dictionary<string, long> _itemSeq = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _resultSeq = new(StringComparer.Ordinal);
    private MissionMachine? _machine;
    private MissionStore? _store;
    private long _submittedSeq;

    public TenantId Tenant { get; } = tenant;

    public MissionId Mission { get; } = mission;

    public long Epoch { get; private set; }

    /// <summary>Seeds every delivery's random stream; payload of the first <c>epoch.began</c>. Empty when that payload was erased.</summary>
    public byte[] Secret { get; private set; } = [];

    /// <summary>Null until a spec was accepted.</summary>
    public MissionSpec? Spec { get; private set; }

    public MissionMachine Machine => _machine ?? throw NotAccepted();

    public MissionStore Store => _store ?? throw NotAccepted();

    /// <summary>What running tasks wait for.</summary>
    public TimerBook Timers { get; } = new();

    public IReadOnlyList<TableSchema> Tables { get; private set; } = [];

    public long TimeCreatedUs { get; private set; }

    public long? TimeCompletedUs { get; private set; }

    /// <summary>The mission ended, or was refused: nothing more may be appended but refusals.</summary>
    public bool Finished { get; private set; }

    /// <summary>Seq of the spec's entry; 0 before. A snapshot does not hold what stands up to there: spec and secret are read from the log.</summary>
    public long SubmittedSeq => _submittedSeq;

    /// <summary>Seq of the entry whose payload holds the item's bytes.</summary>
    public bool TryItem(string input, string itemKey, out long seq) => _itemSeq.TryGetValue(ItemName(input, itemKey), out seq);

    /// <summary>Seq of the action that completed the task.</summary>
    public bool TryResult(string taskKey, out long seq) => _resultSeq.TryGetValue(taskKey, out seq);

    /// <summary>Back to before the first entry.</summary>
    public void Forget()
    {
        (Epoch, Secret, Spec, Tables) = (0, [], null, []);
        (_machine, _store, _submittedSeq) = (null, null, 0);
        (TimeCreatedUs, TimeCompletedUs, Finished) = (0, null, false);
        Timers.Clear();
        Requests.Clear();
        _declared.Clear();
        _reloads.Clear();
        _armed.Clear();
        RequestedFault = null;
        ForgetGates();
        _itemSeq.Clear();
        _resultSeq.Clear();
    }

    /// <summary>The spec a <c>mission.submitted</c> carries, or what is wrong with it.</summary>
    public SpecResult Parse(Entry submitted)
    {
        var parsed = shelf is null ? MissionSpec.Parse(submitted.Payload ?? []) : shelf.Parse(submitted.Payload ?? []);
        return parsed.Spec is { } spec && SpecViews.Errors(spec) is { Count: > 0 } errors ? new SpecResult(null, errors) : parsed;
    }

    /// <param name="seq">The entry that brought the spec.</param>
    public void Accept(MissionSpec spec, long seq, long timeUs)
    {
        _submittedSeq = seq;
        Spec = spec;
        TimeCreatedUs = timeUs;
        Tables = SpecTables.Of(spec);
        _machine = new MissionMachine(spec, timeUs);
        _store = new MissionStore(Tables, limits);
        _store.Views.Declare(SpecViews.Of(spec));
    }

    /// <summary>The spec was appended and then refused (an unknown module, say): the mission never begins.</summary>
    public void Withdraw()
    {
        Spec = null;
        _machine = null;
        _store = null;
        Finished = true;
    }

    public void BeginEpoch(long epoch, long previousEpoch, byte[]? secret, long timeUs)
    {
        Epoch = epoch;
        // With the host its cells are gone, and whatever was to happen to them.
        _armed.Clear();
        RequestedFault = null;
        SubmittedDecision = null;
        if (previousEpoch == 0)
        {
            Secret = secret ?? [];
        }
        else
        {
            // Whatever ran in the lost host's memory did not happen: it is delivered again.
            if (_machine is not null)
            {
                Fold(new MissionFact.HostLost(timeUs));
            }
        }
    }

    /// <returns>Why the item was not admitted, or null. The same answer live and at recovery, so only the intent need be stored.</returns>
    public string? AddItem(string input, string itemKey, long seq, int sizeBytes, long timeUs)
    {
        if (_machine is null || Finished)
        {
            return MissionFinished;
        }

        var refusal = _machine.AdmitItem(input, itemKey);
        if (refusal is null)
        {
            _machine.Apply(new MissionFact.ItemAdded(input, itemKey, seq, sizeBytes, timeUs));
            _itemSeq.Add(ItemName(input, itemKey), seq);
        }

        return refusal;
    }

    /// <returns>Why the input was not closed, or null.</returns>
    public string? CloseInput(string input, long timeUs)
    {
        if (_machine is null || Finished)
        {
            return MissionFinished;
        }

        if (!Spec!.Inputs.ContainsKey(input))
        {
            return "unknown_input";
        }

        _machine.Apply(new MissionFact.InputClosed(input, timeUs));
        return null;
    }

    public void Cancel(long timeUs)
    {
        if (_machine is not null)
        {
            Fold(new MissionFact.CancelRequested(timeUs));
        }
    }

    public void Complete(long timeUs)
    {
        Machine.Apply(new MissionFact.MissionCompleted(timeUs));
        Finished = true;
        TimeCompletedUs = timeUs;
    }

    private static string ItemName(string input, string itemKey) => input + "/" + itemKey;

    private static InvariantException NotAccepted() => new("The mission has no accepted spec.");
}
