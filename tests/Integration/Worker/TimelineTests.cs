using System.Text.Json;
using Voxeltron.CellWorker;
using Voxeltron.Kernel;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Integration.Worker;

public sealed class TimelineTests
{
    [Fact]
    public void A_task_has_the_time_of_the_commit_that_made_each_of_its_entries_durable()
    {
        var timeline = new Timeline(enabled: true);
        var (stream, other) = (NewStream(), NewStream());
        timeline.Add(new TaskTimes(stream, "work/a", 1, 10, 11, 12, 13, 14, 2, 3, 9));
        timeline.Durable(stream, 2, 100);
        timeline.Durable(other, 9, 150);
        timeline.Durable(stream, 5, 200);

        Assert.Equal((100L, 200L, 0L), Durable(Assert.Single(timeline.Read(stream))));
    }

    [Fact]
    public void However_many_streams_and_commits_come_only_the_latest_are_kept_and_none_is_given_a_wrong_time()
    {
        var timeline = new Timeline(enabled: true);
        var early = NewStream();
        timeline.Add(new TaskTimes(early, "work/a", 1, 10, 11, 12, 13, 14, 1, 2, 3));
        timeline.Durable(early, 1, 100);
        for (var i = 0; i < Timeline.Capacity - 1; i++)
        {
            timeline.Durable(NewStream(), 1, 101);
        }

        timeline.Durable(early, 2, 200);
        timeline.Durable(early, 3, 300);
        // The point of seq 1 is overwritten; that of seq 2 may have covered more than seq 2 alone.
        Assert.Equal((0L, 0L, 300L), Durable(Assert.Single(timeline.Read(early))));
    }

    private static (long Dispatch, long Boot, long End) Durable(object task)
    {
        var json = JsonSerializer.SerializeToElement(task);
        return (json.GetProperty("dispatch_durable").GetInt64(), json.GetProperty("boot_durable").GetInt64(), json.GetProperty("end_durable").GetInt64());
    }

    private static StreamRef NewStream() => new(new TenantId("demo"), StreamId.Of(new MissionId(Guid.NewGuid())));
}
