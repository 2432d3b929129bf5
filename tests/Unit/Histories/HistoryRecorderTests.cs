using Voxeltron.Tests.Support.Histories;
using Xunit;

namespace Voxeltron.Tests.Unit.Histories;

/// <summary>Goal: what concurrent clients record is what happened, with an order of instants that is true.</summary>
public sealed class HistoryRecorderTests
{
    [Fact]
    public void Outcomes_and_answers_are_kept()
    {
        var recorder = new HistoryRecorder();
        var ok = recorder.Invoke(1, new ListAppend("x", 1), new ListRead("x", []));
        var fail = recorder.Invoke(2, new ListAppend("x", 2));
        recorder.Ok(ok, new ListAppend("x", 1), new ListRead("x", [1]));
        recorder.Fail(fail);
        var info = recorder.Invoke(1, new ListAppend("x", 3));
        recorder.Info(info);
        recorder.Invoke(3, new ListAppend("x", 4));

        var operations = recorder.ToHistory().Operations;

        Assert.Equal([Outcome.Ok, Outcome.Fail, Outcome.Info, Outcome.Info], operations.Select(o => o.Outcome));
        Assert.Equal([1, 2, 5, 7], operations.Select(o => o.Invoked));
        Assert.Equal([3, Operation.Never, Operation.Never, Operation.Never], operations.Select(o => o.End));
        Assert.Equal([1L], ((ListRead)operations[0].Steps[1]).Value);
        Assert.True(operations[0].Precedes(operations[2]));
    }

    [Fact]
    public void An_operation_is_completed_once_and_as_what_was_invoked()
    {
        var recorder = new HistoryRecorder();
        var operation = recorder.Invoke(1, new ListAppend("x", 1));
        Assert.Throws<ArgumentException>(() => recorder.Ok(operation, new ListAppend("y", 1)));
        recorder.Ok(operation, new ListAppend("x", 1));

        Assert.Throws<InvalidOperationException>(() => recorder.Info(operation));
    }

    [Fact]
    public void A_clock_gives_microseconds_and_never_the_same_twice()
    {
        var clock = new Clock();
        var recorder = new HistoryRecorder(clock);
        var first = recorder.Invoke(1);
        recorder.Ok(first);
        clock.Ticks += 2_500 * TimeSpan.TicksPerMicrosecond;
        var second = recorder.Invoke(1);
        recorder.Ok(second);

        Assert.Equal([(1L, 2L), (2_500L, 2_501L)], recorder.ToHistory().Operations.Select(o => (o.Invoked, o.Completed)));
    }

    /// <summary>Method: threads append to one list under a lock, whose order is the claimed one.</summary>
    [Fact]
    public void Concurrent_clients_of_a_correct_store_pass_and_the_validator_agrees()
    {
        var recorder = new HistoryRecorder();
        var store = new List<long>();
        var order = new List<CommitPosition>();
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, client =>
        {
            for (var i = 0; i < 200; i++)
            {
                var value = (client * 1000) + i;
                var operation = recorder.Invoke(client, new ListAppend("x", value), new ListRead("x", []));
                long[] read;
                lock (store)
                {
                    store.Add(value);
                    read = [.. store];
                    order.Add(new CommitPosition(order.Count, operation));
                }

                recorder.Ok(operation, new ListAppend("x", value), new ListRead("x", read));
            }
        });

        var history = recorder.ToHistory().WithFinalState(new FinalState { Lists = new Dictionary<string, long[]> { ["x"] = [.. store] } });
        var verdict = HistoryChecker.Check(history);

        Assert.Equal(1601, history.Operations.Count);
        Assert.True(verdict.IsValid, verdict.ToString());
        Assert.True(TotalOrderValidator.Check(history, order).IsValid);
    }

    private sealed class Clock : TimeProvider
    {
        public long Ticks { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Ticks;
    }
}
