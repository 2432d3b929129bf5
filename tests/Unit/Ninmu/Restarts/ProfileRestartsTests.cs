using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Xunit;
using Xunit.Abstractions;

namespace Voxeltron.Tests.Unit.Ninmu;

/// <summary>A profile's restart policy: its rules one by one, and against <see cref="ReferenceRestarts"/> in random histories.</summary>
public sealed class ProfileRestartsTests(ITestOutputHelper output)
{
    private const long Ms = 1000;

    private readonly ProfileRestarts _restarts = new("p", new RestartPolicy(Intensity: 2, PeriodMs: 1000, HoldMs: 50, MaxHoldMs: 150));

    [Fact]
    public void One_fault_more_than_the_intensity_within_the_period_is_a_crash_loop_and_one_less_is_none()
    {
        Fault("a", 0);
        Fault("b", 1 * Ms);
        Assert.Null(_restarts.Due);
        // A microsecond after the first has left the period.
        Fault("c", (1000 * Ms) + 1);
        Assert.Null(_restarts.Due);
        // The period includes its first moment.
        Fault("d", 1001 * Ms);
        Assert.Equal((3, "d", 0L, null), (_restarts.Due!.Faults, _restarts.Due.Newest.TaskKey, _restarts.Due.OpenedSeq, _restarts.Due.Resolution));
        Assert.False(_restarts.MayDispatch(long.MaxValue));
    }

    [Fact]
    public void A_hold_doubles_with_each_try_that_faults_up_to_its_longest()
    {
        Open(0);
        foreach (var (at, hold) in new[] { (50, 100), (150, 150), (300, 150) })
        {
            Assert.False(_restarts.MayDispatch((at * Ms) - 1));
            Assert.True(_restarts.MayDispatch(at * Ms));
            _restarts.Dispatched("t", at * Ms);
            Assert.False(_restarts.MayDispatch(at * Ms));
            Fault("t", at * Ms);
            _restarts.Left("t", at * Ms);
            Assert.Equal((at + hold) * Ms, _restarts.NextTryUs);
        }

        Assert.Equal((4, 6), (_restarts.Open!.Holds, _restarts.Open.Faults));
    }

    [Fact]
    public void A_clean_event_of_a_try_closes_it_and_the_count_begins_anew()
    {
        Open(0);
        Fault("old", 10 * Ms);
        _restarts.Returned("old");
        Assert.Null(_restarts.Due);
        Assert.Equal(50 * Ms, _restarts.NextTryUs);
        _restarts.Dispatched("t", 50 * Ms);
        _restarts.Returned("t");
        Assert.Equal((Incident.Recovered, "t", 4, 7L), (_restarts.Due!.Resolution, _restarts.Due.ClosedBy, _restarts.Due.Faults, _restarts.Due.OpenedSeq));
        Assert.False(_restarts.MayDispatch(long.MaxValue));
        Assert.Equal(61 * Ms, _restarts.Closed(hasEnded: false, 61 * Ms).TimeClosedUs);
        Assert.True(_restarts.IsQuiet && _restarts.MayDispatch(0));
        Fault("t", 62 * Ms);
        Fault("t", 63 * Ms);
        Assert.Null(_restarts.Due);
    }

    [Fact]
    public void A_try_that_says_nothing_makes_room_at_once_when_it_is_over_and_after_a_hold_while_it_waits()
    {
        Open(0);
        _restarts.Dispatched("lost", 50 * Ms);
        _restarts.Left("lost", 60 * Ms);
        Assert.True(_restarts.MayDispatch(60 * Ms));
        _restarts.Dispatched("waits", 60 * Ms);
        Assert.False(_restarts.MayDispatch((110 * Ms) - 1));
        _restarts.Dispatched("second", 110 * Ms);
        _restarts.Left("second", 111 * Ms);
        Assert.Equal(160 * Ms, _restarts.NextTryUs);
        _restarts.Returned("waits");
        Assert.Equal("waits", _restarts.Due!.ClosedBy);
    }

    [Fact]
    public void The_end_of_the_mission_closes_what_is_open_and_nothing_else_does()
    {
        Assert.Throws<InvariantException>(() => _restarts.Opened(1, 0));
        Assert.Throws<InvariantException>(() => _restarts.Closed(hasEnded: true, 0));
        Open(0);
        Assert.Throws<InvariantException>(() => _restarts.Closed(hasEnded: false, 0));
        Assert.Equal((Incident.MissionEnded, null), (_restarts.Closed(hasEnded: true, 0) is var closed ? closed.Resolution : null, closed.ClosedBy));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20261130)]
    [InlineData(0)]
    public void Random_histories_agree_with_the_slow_reference(int seed)
    {
        seed = seed == 0 ? Environment.TickCount : seed;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var incidents = 0;
        for (var history = 0; history < 200; history++)
        {
            var hold = random.Next(1, 100);
            var policy = new RestartPolicy(random.Next(4), random.Next(1, 400), hold, hold * random.Next(1, 20));
            var (restarts, reference) = (new ProfileRestarts("p", policy), new ReferenceRestarts(policy));
            var timeUs = 0L;
            for (var step = 0; step < 200; step++)
            {
                timeUs += random.Next(60) * Ms / 2;
                restarts = random.Next(20) == 0 ? Reread(restarts, policy) : restarts;
                var task = "t" + random.Next(4);
                switch (random.Next(5))
                {
                    case 0 or 1:
                        restarts.Faulted(Origin(task, step), timeUs);
                        restarts.Left(task, timeUs);
                        reference.Faulted(task, timeUs);
                        reference.Over(task, timeUs);
                        break;
                    case 2:
                        restarts.Returned(task);
                        restarts.Left(task, timeUs);
                        reference.Returned(task);
                        reference.Over(task, timeUs);
                        break;
                    case 3:
                        restarts.Left(task, timeUs);
                        reference.Over(task, timeUs);
                        break;
                    case 4 when restarts.MayDispatch(timeUs) && !restarts.IsTried(task):
                        restarts.Dispatched(task, timeUs);
                        reference.Dispatched(task, timeUs);
                        break;
                }

                Assert.Equal((reference.MustOpen, reference.MustClose), (restarts.Due is { Resolution: null }, restarts.Due is { Resolution: not null }));
                if (restarts.Due is { } due)
                {
                    Assert.Equal(reference.Count, due.Faults);
                    incidents++;
                    if (due.Resolution is null)
                    {
                        restarts.Opened(step, timeUs);
                    }
                    else
                    {
                        restarts.Closed(hasEnded: false, timeUs);
                    }

                    reference.Written(timeUs);
                }

                Assert.Equal(reference.IsOpen, restarts.Open is not null);
                Assert.Equal(!reference.IsOpen || reference.MayTry(timeUs), restarts.MayDispatch(timeUs));
                if (restarts.Open is { } open)
                {
                    Assert.Equal(
                        (reference.Count, reference.Holds, reference.HoldUs, reference.NextTryUs), (open.Faults, open.Holds, open.HoldUs, restarts.NextTryUs));
                }
            }
        }

        Assert.True(incidents > 200, $"only {incidents} openings and closings");
    }

    private static ProfileRestarts Reread(ProfileRestarts restarts, RestartPolicy policy)
    {
        var bytes = Written.By(restarts.Write);
        var read = new ProfileRestarts("p", policy);
        read.Read(new BinaryReader(new MemoryStream(bytes)));
        Assert.Equal(bytes, Written.By(read.Write));
        return read;
    }

    private void Open(long timeUs)
    {
        for (var i = 0; i < 3; i++)
        {
            Fault("old", timeUs);
        }

        _restarts.Opened(7, timeUs);
    }

    private void Fault(string task, long timeUs) => _restarts.Faulted(Origin(task, 1), timeUs);

    private static FaultOrigin Origin(string task, long seq) => new(task, new CellId(Guid.Empty), "trap_unreachable", FaultClass.TransientCrash, seq);
}
