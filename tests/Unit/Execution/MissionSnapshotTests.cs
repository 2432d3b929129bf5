using Voxeltron.Cosmictron;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Tests.Unit.Replay;
using Xunit;

namespace Voxeltron.Tests.Unit.Execution;

/// <summary>
/// Goal: a mission recovered from a snapshot and the entries after it is the mission recovered from all entries, byte for byte,
/// and a damaged snapshot is refused. Method: a snapshot after every entry of a real mission; folding as the oracle.
/// </summary>
public sealed class MissionSnapshotTests(RecordedMission mission) : IClassFixture<RecordedMission>
{
    private RecordedMission _mission = mission;

    [Fact]
    public void A_snapshot_after_any_entry_and_the_rest_make_the_same_state() => AssertSnapshots(atLeast: 20);

    private void AssertSnapshots(int atLeast)
    {
        var whole = Folded(new MissionState(RecordedMission.Tenant, RecordedMission.Mission, StoreLimits.Default), _mission.Honest.Count - 1, from: 0);
        var taken = 0;
        for (var at = 2; at < _mission.Honest.Count; at++)
        {
            var state = Folded(new MissionState(RecordedMission.Tenant, RecordedMission.Mission, StoreLimits.Default), at, from: 0);
            // Request and answer are of one turn, and a snapshot is taken between turns.
            if (state.Spec is null || state.RequestedFault is not null || state.SubmittedDecision is not null)
            {
                continue;
            }

            var reader = Open(Taken(at, state));
            var restored = Folded(new MissionState(RecordedMission.Tenant, RecordedMission.Mission, StoreLimits.Default), (int)reader.SubmittedSeq, from: 0);
            reader.ReadInto(restored);
            Assert.Equal(Taken(at, state).Root, Taken(at, restored).Root);
            Folded(restored, _mission.Honest.Count - 1, from: at);
            Assert.Equal(Taken(_mission.Honest.Count - 1, whole).Root, Taken(_mission.Honest.Count - 1, restored).Root);
            Assert.Equal(whole.Epoch, restored.Epoch);
            taken++;
        }

        Assert.True(taken > atLeast, $"only {taken} snapshots");
    }

    /// <summary>The same of one in a crash loop: faults counted, an incident to be opened, open, tried, to be closed and closed.</summary>
    [Fact]
    public void A_snapshot_anywhere_in_a_crash_loop_and_the_rest_make_the_same_state()
    {
        using var crashing = RecordedMission.Crashing("unreachable", "unreachable.2", "count", "fail", "unreachable.3", "count.2");
        _mission = crashing;
        A_snapshot_after_any_entry_and_the_rest_make_the_same_state();
    }

    /// <summary>The same of one whose tasks stand behind a gate: to be opened, open, half approved, approved, denied, expired.</summary>
    [Fact]
    public void A_snapshot_anywhere_around_gates_and_the_rest_make_the_same_state()
    {
        using var gated = RecordedMission.Gated();
        _mission = gated;
        A_snapshot_after_any_entry_and_the_rest_make_the_same_state();
        var state = Folded(new MissionState(RecordedMission.Tenant, RecordedMission.Mission, StoreLimits.Default), (int)gated.SeqOf(EntryKinds.GateOpened), from: 0);
        Assert.Equal(1, Taken((int)gated.SeqOf(EntryKinds.GateOpened), state).Bytes.Span["VXSNAP".Length]);
    }

    /// <summary>The same of one with a cell whose next event is to be a fault, which a snapshot carries under a version of its own.</summary>
    [Fact]
    public void A_snapshot_with_an_armed_cell_and_the_rest_make_the_same_state()
    {
        using var injected = RecordedMission.Injected(InjectedFault.Trap);
        _mission = injected;
        var at = (int)injected.SeqOf(EntryKinds.FaultInjected);
        var armed = Folded(new MissionState(RecordedMission.Tenant, RecordedMission.Mission, StoreLimits.Default), at, from: 0);
        Assert.Equal((true, 1 + 8), (armed.HasArmedFaults, Taken(at, armed).Bytes.Span["VXSNAP".Length]));
        var reader = Open(Taken(at, armed));
        var restored = Folded(new MissionState(RecordedMission.Tenant, RecordedMission.Mission, StoreLimits.Default), (int)reader.SubmittedSeq, from: 0);
        reader.ReadInto(restored);
        var task = armed.Machine.Task("work/wait");
        Assert.Equal(InjectedFault.Trap, restored.Armed(task.TaskKey, task.Cell!.Value));
        Assert.Null(restored.Armed(task.TaskKey, new CellId(Guid.Empty)));
        Assert.Equal(Taken(at, armed).Root, Taken(at, restored).Root);

        foreach (var gone in new[] { EntryKinds.ActionAborted, EntryKinds.CellStopped })
        {
            var later = Folded(restored, (int)injected.SeqOf(gone), from: at);
            Assert.False(later.HasArmedFaults);
            at = (int)injected.SeqOf(gone);
        }

        AssertSnapshots(atLeast: 8);
    }

    [Fact]
    public void A_forgotten_state_is_a_new_one()
    {
        var state = Folded(new MissionState(RecordedMission.Tenant, RecordedMission.Mission, StoreLimits.Default), _mission.Honest.Count - 1, from: 0);
        state.Forget();
        Assert.Equal((0L, 0, null), (state.Epoch, state.Secret.Length, state.Spec));
        Folded(state, _mission.Honest.Count - 1, from: 0);
        var whole = Folded(new MissionState(RecordedMission.Tenant, RecordedMission.Mission, StoreLimits.Default), _mission.Honest.Count - 1, from: 0);
        Assert.Equal(Taken(_mission.Honest.Count - 1, whole).Root, Taken(_mission.Honest.Count - 1, state).Root);
    }

    [Fact]
    public void Every_byte_of_a_snapshot_is_under_its_root()
    {
        var content = _mission.Snapshot;
        for (var at = 0; at < content.Bytes.Length; at++)
        {
            var changed = content.Bytes.ToArray();
            changed[at] ^= 1;
            Assert.Throws<SnapshotException>(() => MissionSnapshot.Open(changed, content.Root));
        }
    }

    [Fact]
    public void A_snapshot_that_is_malformed_under_a_true_root_is_refused_and_nothing_else_happens()
    {
        // A newer or broken writer: the root is of these very bytes, and reading must still end in a refusal.
        var content = _mission.Snapshot.Bytes;
        for (var length = 0; length < content.Length; length += 7)
        {
            var cut = content[..length].ToArray();
            var state = new MissionState(RecordedMission.Tenant, RecordedMission.Mission, StoreLimits.Default);
            Assert.Throws<SnapshotException>(() =>
            {
                var reader = MissionSnapshot.Open(cut, System.Security.Cryptography.SHA256.HashData(cut));
                Folded(state, (int)reader.SubmittedSeq, from: 0);
                reader.ReadInto(state);
            });
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1)]
    public void Stored_bytes_unpack_to_what_they_were_and_to_their_size_only(int more)
    {
        var packed = SnapshotCodec.Pack(_mission.Snapshot.Bytes).ToArray();
        if (more == 0)
        {
            Assert.Equal(_mission.Snapshot.Bytes.ToArray(), SnapshotCodec.Unpack(packed, _mission.Snapshot.Bytes.Length));
            Assert.Throws<SnapshotException>(() => SnapshotCodec.Unpack(packed[..^4], _mission.Snapshot.Bytes.Length));
        }
        else
        {
            Assert.Throws<SnapshotException>(() => SnapshotCodec.Unpack(packed, _mission.Snapshot.Bytes.Length + more));
        }
    }

    private SnapshotContent Taken(int at, MissionState state)
    {
        var last = _mission.Honest[at - 1];
        return MissionSnapshot.Write(new StreamPosition(last.Header.Seq, last.Header.Epoch, last.Header.TimeUs, last.Chain), [new Guid(at, 0, 0, new byte[8])], state);
    }

    private static SnapshotReader Open(SnapshotContent content) => MissionSnapshot.Open(content.Bytes.ToArray(), content.Root);

    private MissionState Folded(MissionState state, int until, int from)
    {
        foreach (var entry in _mission.Honest.Skip(from).Take(until - from))
        {
            state.Apply(entry);
        }

        return state;
    }
}
