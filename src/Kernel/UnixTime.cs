namespace Voxeltron.Kernel;

/// <summary>Unix time in microseconds, UTC: the resolution of Postgres <c>timestamptz</c>, so nothing is lost between a signed header and its column.</summary>
public static class UnixTime
{
    public static long NowUs(this TimeProvider clock) => FromDateTime(clock.GetUtcNow().UtcDateTime);

    public static long FromDateTime(DateTime utc) => (utc.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public static DateTime ToDateTime(long unixUs) => DateTime.UnixEpoch.AddTicks(unixUs * TimeSpan.TicksPerMicrosecond);
}
