using Xunit;

namespace Voxeltron.Tests.Integration.Worker;

/// <summary>
/// Goal: streams that finish together share a commit, and a stream that takes long delays nobody for longer than the pause.
/// Method: a committer whose timers fire when the test says so, and which hands each commit to the test.
/// </summary>
public sealed class CommitterGatherTests : IAsyncDisposable
{
    private readonly CommitterRig _rig = new();

    public CommitterGatherTests() => _rig.Start();

    public ValueTask DisposeAsync() => _rig.DisposeAsync();

    [Fact]
    public async Task A_stream_alone_is_committed_at_once()
    {
        _rig.Committer.TurnBegins();
        _rig.WriteOne();
        Assert.Single((await _rig.NextAsync()).Streams);
    }

    [Fact]
    public async Task While_more_are_in_a_turn_than_are_ready_the_commit_waits_for_them()
    {
        await _rig.Clock.IdleAsync(CommitterRig.Limit);
        await HoldAsync(3);

        // Two ready, three in a turn; then two of two.
        _rig.WriteOne();
        Assert.False(_rig.Journal.Commits.TryRead(out _));
        _rig.Committer.TurnEnds();
        Assert.Equal(2, (await _rig.NextAsync()).Streams.Count);

        // The same again: one ready, two in a turn; then one of one. Not before it rests: what wakes it earlier shortens the pause.
        await _rig.Clock.IdleAsync(CommitterRig.Limit);
        _rig.WriteOne();
        await _rig.Clock.PausedAsync(CommitterRig.Limit);
        _rig.Committer.TurnEnds();
        Assert.Single((await _rig.NextAsync()).Streams);
    }

    [Fact]
    public async Task A_long_turn_delays_a_commit_by_the_pause_and_no_longer()
    {
        await HoldAsync(100);
        _rig.Clock.Fire();
        Assert.Single((await _rig.NextAsync()).Streams);
    }

    /// <summary>So many turns have begun, one stream is ready, and the committer pauses.</summary>
    private async Task HoldAsync(int turns)
    {
        for (var i = 0; i < turns; i++)
        {
            _rig.Committer.TurnBegins();
        }

        _rig.WriteOne();
        await _rig.Clock.PausedAsync(CommitterRig.Limit);
        Assert.False(_rig.Journal.Commits.TryRead(out _));
    }
}
