using Voxeltron.Kernel;

namespace Voxeltron.Ninmu;

/// <summary>
/// The restart policy of one profile at work in one mission, as a fold over entries: no clock, no randomness.
/// <code>
/// Closed ── more than intensity faults within period ──► Opening ── incident.opened ──► Held
///    ▲                                                                                 │  │ ▲
///    └───── incident.closed ───── Closing ◄── an event of a tried task came back clean ┘  └─┘ a tried task faulted: hold doubles
/// </code>
/// Opening and Closing last until their entry is written, which is the next one. While Held nothing of the profile is dispatched before
/// <see cref="NextTryUs"/>; then one task is, and no other for as long as the hold: it is being <em>tried</em>. A try whose
/// attempt ends and says nothing (its host was lost, its slice burnt) makes room for another at once.
/// </summary>
/// <remarks>
/// A try that waits, for an hour's timer say, is neither clean nor a fault yet; so the profile is not blocked by it, the next task is
/// tried when the hold is over, and whichever of them has an event first decides. Cells that lived before the incident go on: what they
/// do is no answer to whether new ones can begin, and their faults are counted, no more.
/// </remarks>
internal sealed class ProfileRestarts(string profile, RestartPolicy policy)
{
    private enum Phase : byte
    {
        Closed,
        Opening,
        Held,
        Closing,
    }

    // Times of the faults within a period of the newest one, oldest first; empty unless closed.
    private readonly Queue<long> _window = new();

    // Tasks dispatched since the hold ended that have not had an event yet; by order of dispatch.
    private readonly List<string> _tries = [];

    private Phase _phase;
    private FaultOrigin _newest;
    private long _openedSeq;
    private long _openedUs;
    private int _faults;
    private int _holds;
    private long _holdUs;
    private string? _closedBy;

    public string Profile => profile;

    public RestartPolicy Policy => policy;

    /// <summary>Nothing stands between a ready task and its dispatch.</summary>
    public bool IsClosed => _phase == Phase.Closed;

    /// <summary>While held: when the next task may be tried.</summary>
    public long NextTryUs { get; private set; }

    /// <summary>There is nothing to remember: no fault yet, no incident.</summary>
    public bool IsQuiet => _phase == Phase.Closed && _window.Count == 0;

    /// <summary>The incident whose opening or closing must be written now.</summary>
    public Incident? Due => _phase switch
    {
        Phase.Opening => Describe(null),
        Phase.Closing => Describe(Incident.Recovered),
        _ => null,
    };

    /// <summary>The incident that is open and has nothing due; null when there is none.</summary>
    public Incident? Open => _phase == Phase.Held ? Describe(null) : null;

    public bool MayDispatch(long timeUs) => _phase == Phase.Closed || (_phase == Phase.Held && timeUs >= NextTryUs);

    public bool IsTried(string taskKey) => _tries.Contains(taskKey);

    public void Dispatched(string taskKey, long timeUs)
    {
        if (_phase == Phase.Held)
        {
            _tries.Add(taskKey);
            NextTryUs = timeUs + _holdUs;
        }
    }

    public void Faulted(in FaultOrigin origin, long timeUs)
    {
        _newest = origin;
        if (_phase != Phase.Closed)
        {
            _faults++;
            if (_phase == Phase.Held && _tries.Contains(origin.TaskKey))
            {
                Hold(timeUs, Math.Min(_holdUs * 2, policy.MaxHoldMs * 1000));
            }

            return;
        }

        while (_window.TryPeek(out var oldest) && oldest < timeUs - policy.PeriodMs * 1000)
        {
            _window.Dequeue();
        }

        _window.Enqueue(timeUs);
        if (_window.Count > policy.Intensity)
        {
            (_phase, _faults) = (Phase.Opening, _window.Count);
            _holdUs = policy.HoldMs * 1000;
            _window.Clear();
        }
    }

    /// <summary>An event of the task came back clean.</summary>
    public void Returned(string taskKey)
    {
        if (_phase == Phase.Held && _tries.Contains(taskKey))
        {
            (_phase, _closedBy) = (Phase.Closing, taskKey);
            _tries.Clear();
        }
    }

    /// <summary>The task's attempt is over, whatever became of it; after <see cref="Faulted"/> or <see cref="Returned"/>, where that is why.</summary>
    public void Left(string taskKey, long timeUs)
    {
        if (_tries.Remove(taskKey) && _tries.Count == 0)
        {
            NextTryUs = Math.Min(NextTryUs, timeUs);
        }
    }

    public void Opened(long seq, long timeUs)
    {
        Require(_phase == Phase.Opening, "opened");
        (_phase, _openedSeq, _openedUs) = (Phase.Held, seq, timeUs);
        Hold(timeUs, _holdUs);
    }

    /// <param name="hasEnded">The mission has nothing left to run: then an incident may be closed that is still open.</param>
    /// <returns>The incident as it was closed.</returns>
    public Incident Closed(bool hasEnded, long timeUs)
    {
        Require(_phase == Phase.Closing || (_phase == Phase.Held && hasEnded), "closed");
        var closed = Describe(_phase == Phase.Closing ? Incident.Recovered : Incident.MissionEnded) with { TimeClosedUs = timeUs };
        Forget();
        return closed;
    }

    public void Forget()
    {
        _window.Clear();
        _tries.Clear();
        (_phase, _newest, _closedBy) = (Phase.Closed, default, null);
        (_openedSeq, _openedUs, _faults, _holds, _holdUs, NextTryUs) = (0, 0, 0, 0, 0, 0);
    }

    public void Write(BinaryWriter target)
    {
        target.Write((byte)_phase);
        if (_phase == Phase.Closed)
        {
            target.Write(_window.Count);
            foreach (var timeUs in _window)
            {
                target.Write(timeUs);
            }

            return;
        }

        target.Write(_openedSeq);
        target.Write(_openedUs);
        target.Write(_faults);
        target.Write(_holds);
        target.Write(_holdUs);
        target.Write(NextTryUs);
        target.Write(_closedBy ?? "");
        target.Write(_newest.TaskKey);
        target.Write(_newest.Cell.Value.ToByteArray(bigEndian: true));
        target.Write(_newest.Code);
        target.Write((byte)_newest.Fault);
        target.Write(_newest.Seq);
        target.Write(_tries.Count);
        _tries.ForEach(target.Write);
    }

    public void Read(BinaryReader source)
    {
        Forget();
        _phase = (Phase)source.ReadByte();
        if (_phase > Phase.Closing)
        {
            throw new InvariantException($"A snapshot has restarts of profile '{profile}' in state {(int)_phase}, which is none.");
        }

        if (_phase == Phase.Closed)
        {
            for (var left = source.ReadInt32(); left > 0; left--)
            {
                _window.Enqueue(source.ReadInt64());
            }

            return;
        }

        (_openedSeq, _openedUs, _faults, _holds, _holdUs, NextTryUs) =
            (source.ReadInt64(), source.ReadInt64(), source.ReadInt32(), source.ReadInt32(), source.ReadInt64(), source.ReadInt64());
        _closedBy = source.ReadString() is { Length: > 0 } task ? task : null;
        _newest = new FaultOrigin(
            source.ReadString(), new CellId(new Guid(source.ReadBytes(16), bigEndian: true)), source.ReadString(), (FaultClass)source.ReadByte(), source.ReadInt64());
        for (var left = source.ReadInt32(); left > 0; left--)
        {
            _tries.Add(source.ReadString());
        }
    }

    private void Hold(long timeUs, long holdUs)
    {
        (_holdUs, NextTryUs) = (holdUs, timeUs + holdUs);
        _holds++;
        _tries.Clear();
    }

    private Incident Describe(string? resolution) => new(
        profile, policy, _openedSeq, _openedUs, _faults, _holds, _holdUs, _newest, resolution, resolution == Incident.Recovered ? _closedBy : null);

    private void Require(bool possible, string what)
    {
        if (!possible)
        {
            throw new InvariantException($"No incident of profile '{profile}' can be {what} now: its restarts are {_phase}.");
        }
    }
}
