using Voxeltron.CellWorker;
using Voxeltron.Tests.Support;
using Xunit;

namespace Voxeltron.Tests.Integration.Worker;

/// <summary>Goal: a tail is bounded in entries, bytes and time, and snapshots in their share of the time. Method: a clock that is moved by hand.</summary>
public sealed class SnapshotPolicyTests
{
    private static readonly SnapshotOptions s_options = new(Tail: 5_000, TailBytes: 1_000_000, Age: TimeSpan.FromMinutes(1), Interval: TimeSpan.FromSeconds(5));

    private readonly StoodClock _clock = new();

    [Fact]
    public void A_long_tail_is_due_after_the_interval_and_not_before()
    {
        var policy = new SnapshotPolicy(s_options, _clock);
        Assert.False(policy.IsDue(5_000, 0));
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.False(policy.IsDue(4_999, 0));
        Assert.True(policy.IsDue(5_000, 0));
        policy.Taken(5_000, 0, TimeSpan.FromMilliseconds(10));
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.False(policy.IsDue(9_999, 0));
        Assert.True(policy.IsDue(10_000, 0));
    }

    [Fact]
    public void A_heavy_tail_is_due_by_its_bytes_and_an_old_one_by_its_age()
    {
        var policy = new SnapshotPolicy(s_options, _clock);
        policy.Recovered(10_000);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.False(policy.IsDue(11_000, 999_999));
        Assert.True(policy.IsDue(11_000, 1_000_000));
        Assert.False(policy.IsDue(10_999, 1_000_000));
        _clock.Advance(TimeSpan.FromSeconds(55));
        Assert.True(policy.IsDue(11_000, 0));
        Assert.False(policy.IsDue(10_999, 0));
    }

    [Fact]
    public void A_costly_snapshot_puts_the_next_one_off()
    {
        var policy = new SnapshotPolicy(s_options, _clock);
        _clock.Advance(TimeSpan.FromSeconds(5));
        policy.Taken(5_000, 0, TimeSpan.FromSeconds(1));
        _clock.Advance(TimeSpan.FromSeconds(19));
        Assert.False(policy.IsDue(50_000, 0));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(policy.IsDue(50_000, 0));
    }

    [Fact]
    public void None_is_taken_when_they_are_turned_off()
    {
        var policy = new SnapshotPolicy(s_options with { Tail = 0 }, _clock);
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.False(policy.IsDue(1_000_000, 1_000_000_000));
    }
}
