namespace Voxeltron.Ninmu;

/// <summary>
/// A rate at work, as a fold over dispatches: the generic cell rate algorithm (ITU-T I.371) with one number, the time at which what was
/// dispatched so far would have been dispatched evenly. No clock: times are those of entries.
/// </summary>
internal sealed class RateGauge(SpecRate rate)
{
    private readonly Int128 _periodUs = (Int128)rate.PeriodMs * 1000;

    // In microseconds times the rate's tasks, so that a period need not be divisible by them.
    private Int128 _even;

    public string Name => rate.Name;

    /// <summary>Ready nodes that were met while the rate was used up; perhaps stale.</summary>
    public readonly PriorityQueue<TaskNode, long> Parked = new();

    /// <summary>It was seen to let the next one begin: nobody need be woken for that.</summary>
    public bool IsDue { get; set; }

    /// <summary>The earliest time of another dispatch.</summary>
    public long NextUs => (long)((_even - (_periodUs * (rate.Tasks - 1)) + rate.Tasks - 1) / rate.Tasks);

    public bool MayDispatch(long timeUs) => (Int128)timeUs * rate.Tasks >= _even - (_periodUs * (rate.Tasks - 1));

    public void Dispatched(long timeUs)
    {
        var now = (Int128)timeUs * rate.Tasks;
        _even = (now > _even ? now : _even) + _periodUs;
        IsDue = false;
    }

    public void Forget()
    {
        (_even, IsDue) = (0, false);
        Parked.Clear();
    }

    public void Write(BinaryWriter target)
    {
        target.Write((long)(_even >> 64));
        target.Write((ulong)(_even & ulong.MaxValue));
    }

    public void Read(BinaryReader source) => _even = ((Int128)source.ReadInt64() << 64) | source.ReadUInt64();
}
