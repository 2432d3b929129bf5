using Microsoft.Extensions.Logging.Abstractions;
using Voxeltron.CellWorker;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Tests.Support;
using Voxeltron.Ultra;
using Xunit;
using StreamWriter = Voxeltron.CellWorker.StreamWriter;

namespace Voxeltron.Tests.Integration.Worker;

/// <summary>
/// Goal: an output leaves once, when its entry is durable, in order, and never after its stream was lost. Method: the writer
/// section's and the committer's sides of one queue, step by step; tests/Unit/Simulation asks the same of whole hosts.
/// </summary>
public sealed class OutputGateTests : IDisposable
{
    private readonly Ed25519Signer _signer = new(new byte[Ed25519.SeedBytes]);
    private readonly WorkerMetrics _metrics = new();
    private readonly StreamQueue _queue;
    private readonly StreamWriter _writer;
    private readonly List<string> _left = [];

    public OutputGateTests()
    {
        var clock = new StoodClock();
        var committer = new Committer(new HostId(Guid.NewGuid()), _signer, new EmptyJournal(), static _ => { }, _metrics, new Timeline(enabled: false), clock, NullLogger<Committer>.Instance);
        _queue = new StreamQueue(new StreamRef(new TenantId("demo"), new StreamId(Guid.NewGuid())), 1, clock);
        _queue.FenceOn(0);
        _writer = new StreamWriter(_queue, committer, 0, Chain.Zero, 0, clock);
    }

    [Fact]
    public void An_output_leaves_when_its_entry_is_durable_and_not_before()
    {
        Turn("first", "with it");
        var first = _queue.Take(1);
        Turn("second");
        Assert.Empty(_left);

        _queue.Confirm(first);
        Assert.Equal(["first", "with it"], _left);

        _queue.Confirm(_queue.Take(1));
        Assert.Equal(["first", "with it", "second"], _left);
    }

    /// <summary>Whoever sees that all is durable may end the stream: nothing that could still leave must be left behind.</summary>
    [Fact]
    public void An_output_has_left_when_its_seq_is_seen_to_be_durable()
    {
        _writer.Append(Draft());
        _writer.Hold(new TestOutput(() => _left.Add($"leaves at {_queue.DurableSeq}")));
        _writer.Flush(StreamProjection.Empty);
        _queue.Confirm(_queue.Take(1));
        Assert.Equal(["leaves at 0"], _left);
        Assert.Equal(1, _queue.DurableSeq);
    }

    [Fact]
    public void Nothing_leaves_of_a_stream_that_was_lost_even_if_its_last_commit_came_through()
    {
        Turn("in flight");
        var inFlight = _queue.Take(1);
        Turn("waiting");
        _queue.Drop("host_lost");
        Turn("too late");

        _queue.Confirm(inFlight);
        Assert.Empty(_left);
    }

    [Fact]
    public void An_output_of_a_turn_that_was_broken_off_never_leaves()
    {
        Turn("first");
        _writer.Append(Draft());
        _writer.Hold(new TestOutput(() => _left.Add("broken off")));
        _writer.Discard();

        _queue.Confirm(_queue.Take(10));
        _queue.Drop("ended");
        Assert.Equal(["first"], _left);
    }

    [Fact]
    public void Outputs_bound_what_is_not_durable()
    {
        for (var i = 0; i < OutputGate.MostWaiting; i++)
        {
            Assert.True(_queue.HasRoom);
            Turn("one more");
        }

        Assert.False(_queue.HasRoom);
        _queue.Confirm(_queue.Take(1));
        Assert.True(_queue.HasRoom);
    }

    [Fact]
    public void An_output_of_a_turn_without_an_entry_is_a_bug()
    {
        Turn("first");
        Assert.Throws<InvariantException>(() => _writer.Hold(new TestOutput(() => _left.Add("never"))));
    }

    public void Dispose()
    {
        _writer.Discard();
        _metrics.Dispose();
        _signer.Dispose();
    }

    /// <summary>One entry and the outputs that follow from it.</summary>
    private void Turn(params string[] outputs)
    {
        _writer.Append(Draft());
        foreach (var output in outputs)
        {
            _writer.Hold(new TestOutput(() => _left.Add(output)));
        }

        _writer.Flush(StreamProjection.Empty);
    }

    private static EntryDraft Draft() => new(EntryKinds.EpochBegan, "host/test", "{}", null, null);

    private sealed class TestOutput(Action leave) : IOutput
    {
        public void Leave() => leave();
    }
}
