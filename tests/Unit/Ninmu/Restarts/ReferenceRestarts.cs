using Voxeltron.Kernel;

namespace Voxeltron.Tests.Unit.Ninmu;

/// <summary>A restart policy the slow way: it keeps every fault and every hold, and looks through all of them when asked.</summary>
internal sealed class ReferenceRestarts(RestartPolicy policy)
{
    private readonly List<long> _faults = [];
    private readonly List<string> _tries = [];
    private long _nextTryUs;
    private int _holds;

    public bool MustOpen { get; private set; }

    public bool MustClose { get; private set; }

    public bool IsOpen { get; private set; }

    public bool IsHeld => MustOpen || IsOpen;

    /// <summary>Faults as the incident counts them.</summary>
    public int Count { get; private set; }

    public int Holds => _holds;

    public long HoldUs => Math.Min(policy.HoldMs * 1000 * (1L << Math.Min(_holds - 1, 40)), policy.MaxHoldMs * 1000);

    public long NextTryUs => _nextTryUs;

    public bool MayTry(long nowUs) => IsOpen && !MustClose && nowUs >= _nextTryUs;

    public void Dispatched(string task, long timeUs)
    {
        if (IsOpen)
        {
            _tries.Add(task);
            _nextTryUs = timeUs + HoldUs;
        }
    }

    public void Faulted(string task, long timeUs)
    {
        if (!IsHeld)
        {
            _faults.Add(timeUs);
            Count = _faults.Count(fault => timeUs - fault <= policy.PeriodMs * 1000);
            MustOpen = Count > policy.Intensity;
            return;
        }

        Count++;
        if (!MustClose && _tries.Contains(task))
        {
            Hold(timeUs);
        }
    }

    public void Returned(string task) => MustClose |= IsOpen && _tries.Contains(task);

    public void Over(string task, long timeUs)
    {
        if (_tries.Remove(task) && _tries.Count == 0)
        {
            _nextTryUs = Math.Min(_nextTryUs, timeUs);
        }
    }

    /// <summary>What was due, or the end of the mission, was written.</summary>
    public void Written(long timeUs)
    {
        if (MustOpen)
        {
            (MustOpen, IsOpen) = (false, true);
            Hold(timeUs);
            return;
        }

        (IsOpen, MustClose, _holds) = (false, false, 0);
        _tries.Clear();
        _faults.Clear();
    }

    private void Hold(long timeUs)
    {
        _holds++;
        _nextTryUs = timeUs + HoldUs;
        _tries.Clear();
    }
}
