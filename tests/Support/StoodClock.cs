namespace Voxeltron.Tests.Support;

/// <summary>A clock whose timestamps stand until a test moves them.</summary>
public sealed class StoodClock : TimeProvider
{
    private long _ticks = 1;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _ticks;

    public void Advance(TimeSpan span) => _ticks += span.Ticks;
}
