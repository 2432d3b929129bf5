namespace Voxeltron.Cells;

public enum BootStage
{
    Claim,
    Key,
    Instantiate,
    OnStart,

    /// <summary>A network namespace; only of cells with egress.</summary>
    Netns,
}

/// <summary>
/// Times the stages of one boot. The worker starts it when it decides to boot and records its own stages; Cell.Boot records
/// instantiation, the first Deliver records on_start. Microseconds; one thread at a time.
/// </summary>
public sealed class BootClock(TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();
    private readonly long[] _stagesUs = new long[Enum.GetValues<BootStage>().Length];
    private long _totalUs;
    private bool _hasNetns;

    public long Timestamp() => time.GetTimestamp();

    /// <summary>Adds what passed since the timestamp to a stage, and moves the end of the boot to now.</summary>
    public void Record(BootStage stage, long sinceTimestamp)
    {
        _stagesUs[(int)stage] += MicrosecondsSince(sinceTimestamp);
        _hasNetns |= stage == BootStage.Netns;
        _totalUs = MicrosecondsSince(_started);
    }

    public BootStages Stages => new(
        _stagesUs[(int)BootStage.Claim], _stagesUs[(int)BootStage.Key], _stagesUs[(int)BootStage.Instantiate],
        _stagesUs[(int)BootStage.OnStart], _totalUs, _hasNetns ? _stagesUs[(int)BootStage.Netns] : null);

    public long MicrosecondsSince(long since) => time.GetElapsedTime(since).Ticks / TimeSpan.TicksPerMicrosecond;
}
