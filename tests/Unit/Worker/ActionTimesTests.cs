using System.Text.Json;
using Voxeltron.CellWorker;
using Voxeltron.Tests.Support;
using Xunit;

namespace Voxeltron.Tests.Unit.Worker;

/// <summary>Goal: what a bench reads at <c>/actions</c> is what was recorded, once. Method: a clock that stands, and JSON as the endpoint serves it.</summary>
public sealed class ActionTimesTests
{
    private readonly StoodClock _clock = new();

    [Fact]
    public void Actions_are_told_in_microseconds_and_releases_in_milliseconds_one_for_each_entry()
    {
        var times = new ActionTimes(true, _clock);
        var began = times.Now();
        _clock.Advance(TimeSpan.FromMicroseconds(3));
        times.Acted(began);
        var appended = times.Now();
        _clock.Advance(TimeSpan.FromMilliseconds(2));
        times.Released(appended, 5, times.Now());

        var read = Json(times, reset: true);
        Assert.Equal((1, 3), (Number(read, "action_us", "n"), Number(read, "action_us", "p50")));
        Assert.Equal((5, 2), (Number(read, "release_ms", "n"), Number(read, "release_ms", "max")));

        Assert.Equal(0, Number(Json(times, reset: false), "action_us", "n"));
    }

    [Fact]
    public void Nothing_is_kept_where_nobody_asks()
    {
        var times = new ActionTimes(false, _clock);
        Assert.Equal(0, times.Now());
        times.Acted(times.Now());
        times.Released(0, 5, _clock.GetTimestamp());
        var read = Json(times, reset: false);
        Assert.Equal((0, 0), (Number(read, "action_us", "n"), Number(read, "release_ms", "n")));
    }

    private static JsonElement Json(ActionTimes times, bool reset) => JsonSerializer.SerializeToElement(times.Read(reset));

    private static double Number(JsonElement read, string what, string figure) => read.GetProperty(what).GetProperty(figure).GetDouble();
}
