using Voxeltron.Cells;
using Voxeltron.Cosmictron;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Replay;
using Voxeltron.Tests.Unit.Replay;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Simulation;

/// <summary>Invariants 1 to 5 of the design, asked of a run that is over.</summary>
internal static class Invariants
{
    public static async Task AssertAsync(SimWorld world)
    {
        foreach (var mission in world.Missions)
        {
            var entries = world.Database.Entries(mission.Stream);
            AssertConsumed(world, mission, entries);
            if (mission.Closing is null)
            {
                AssertAgents(world, mission, entries);
            }
            else
            {
                FollowerInvariants.Assert(world, mission, entries);
            }

            AssertOneWriter(world, entries);
            AssertOutputsStand(world, mission, entries);
            await AssertReplaysAsync(world, mission, entries);
        }

        var report = await world.Log.VerifyAsync();
        Assert.True(report.Clean, $"{world.Describe()}\n{string.Join('\n', report.Findings.Take(10))}");
        Assert.Equal(world.Log.Log.Entries.Count, report.Entries);
    }

    /// <summary>1: every acknowledged intent became one entry, and what a client read is what stands there.</summary>
    private static void AssertConsumed(SimWorld world, SimMission mission, IReadOnlyList<Entry> entries)
    {
        foreach (var row in world.Database.Inbox.Where(row => row.Intent.Stream == mission.Stream.Stream))
        {
            var entry = Assert.Single(entries, entry => EntryKinds.IsIntent(entry.Header.Kind) && CellWorker.IntentFields.Id(entry) == row.Intent.Id);
            Assert.True(row.ConsumedSeq == entry.Header.Seq, $"{world.Describe()}: {row.Intent.Kind} was consumed at {row.ConsumedSeq} and stands at {entry.Header.Seq}");
        }

        foreach (var ((stream, seq), chain) in world.Seen.Where(seen => seen.Key.Stream == mission.Stream))
        {
            Assert.True(chain.AsSpan().SequenceEqual(entries[(int)seq - 1].Chain), $"{world.Describe()}: what a client read at {seq} of {stream} is not what stands there");
        }
    }

    /// <summary>1: every agent acted once for each of its timers.</summary>
    private static void AssertAgents(SimWorld world, SimMission mission, IReadOnlyList<Entry> entries)
    {
        var refused = entries.Where(static entry => entry.Header.Kind == EntryKinds.IntentRefused).ToList();
        Assert.True(refused.Count == (mission.Late is null ? 0 : 1), $"{world.Describe()}: {string.Join(' ', refused.Select(static entry => entry.Body))}");
        var acted = entries.Where(static entry => entry.Header.Kind == EntryKinds.Action).ToLookup(static entry => CellWorker.IntentFields.Text(entry, "task"));
        Assert.Equal(mission.Items.Count, acted.Count);
        foreach (var (item, _) in mission.Items)
        {
            var actions = acted["agent/" + item].ToList();
            Assert.True(actions.Count == mission.Timers + 1, $"{world.Describe()}: agent {item} acted {actions.Count} times for {mission.Timers} timers");
            Assert.Equal($"{mission.Timers}", System.Text.Encoding.ASCII.GetString(ActionPayload.ReadResult(actions[^1].Payload)));
        }
    }

    /// <summary>3: each epoch has one host, in one run of entries, higher than the one before.</summary>
    private static void AssertOneWriter(SimWorld world, IReadOnlyList<Entry> entries)
    {
        long epoch = 0;
        foreach (var entry in entries)
        {
            Assert.True(entry.Header.Epoch == epoch || (entry.Header.Epoch > epoch && entry.Header.Kind == EntryKinds.EpochBegan), $"{world.Describe()}: epoch {entry.Header.Epoch} after {epoch} at {entry.Header.Seq}");
            epoch = entry.Header.Epoch;
        }

        var hosts = entries.Where(static entry => entry.Header.Actor.StartsWith("host/", StringComparison.Ordinal)).GroupBy(static entry => entry.Header.Epoch);
        Assert.All(hosts, of => Assert.Single(of.Select(static entry => entry.Header.Actor).Distinct()));
    }

    /// <summary>1 and 2: what left through a gate is what the log, folded up to there, says.</summary>
    private static void AssertOutputsStand(SimWorld world, SimMission mission, IReadOnlyList<Entry> entries)
    {
        var state = new MissionState(mission.Stream.Tenant, mission.Stream.Stream.AsMission(), StoreLimits.Default);
        var outputs = world.Outputs.Where(output => output.Stream == mission.Stream).ToLookup(static output => output.Seq);
        foreach (var entry in entries)
        {
            state.Apply(entry);
            foreach (var output in outputs[entry.Header.Seq])
            {
                Assert.Equal(Actors.Host(output.Host), entries.Last(began => began.Header.Kind == EntryKinds.EpochBegan && began.Header.Seq <= output.Seq).Header.Actor);
                Assert.True(WatchedHandler.Root(state) == output.Root, $"{world.Describe()}: {output} saw another state than the log gives");
            }
        }

        Assert.True(state.Finished);
        AssertProjected(world, mission, state);
    }

    /// <summary>The rows people see are the fold of the log.</summary>
    private static void AssertProjected(SimWorld world, SimMission mission, MissionState state)
    {
        var projected = world.Database.Tasks.Where(pair => pair.Key.Mission == state.Mission).Select(static pair => pair.Value).OrderBy(static task => task.TaskKey, StringComparer.Ordinal);
        var folded = state.Machine.Tasks.OrderBy(static task => task.TaskKey, StringComparer.Ordinal);
        Assert.Equal(
            folded.Select(static task => (task.TaskKey, task.Status, task.Attempt, task.Cell, task.OutcomeCode, task.LastSeq)),
            projected.Select(static task => (task.TaskKey, task.Status, task.Attempt, task.Cell, task.OutcomeCode, task.LastSeq)));
        var incidents = world.Database.Incidents.Where(pair => pair.Key.Mission == state.Mission).Select(static pair => pair.Value).OrderBy(static incident => incident.OpenedSeq);
        Assert.Equal(
            state.Machine.DrainIncidents().Select(static told => (told.OpenedSeq, told.Profile, told.Resolution, told.Newest.Seq, told.Faults, told.Holds, told.HoldUs / 1000, told.TimeOpenedUs, told.TimeClosedUs)),
            incidents.Select(static told => (told.OpenedSeq, told.Profile, told.Resolution, told.FaultSeq, told.Faults, told.Holds, told.HoldMs, told.TimeOpenedUs, told.TimeClosedUs)));
        var row = world.Database.Missions[mission.Stream];
        Assert.Equal((state.Machine.Status.ToString(), state.Machine.Counts.Completed), (row.Status[..1].ToUpperInvariant() + row.Status[1..], row.TasksCompleted));
    }

    /// <summary>5: the modules, run again, give every chain value.</summary>
    private static async Task AssertReplaysAsync(SimWorld world, SimMission mission, IReadOnlyList<Entry> entries)
    {
        using var replay = new MissionReplay(SimModules.Engine, await SimModules.Library.Value, mission.Stream.Tenant, mission.Stream.Stream.AsMission(), TimeProvider.System);
        var report = await replay.RunAsync(RecordedMission.Stream(entries), CancellationToken.None);
        Assert.True(report.Clean, $"{world.Describe()}: {report.Divergence}");
        var lost = entries.LongCount(static entry => entry.Header.Kind == EntryKinds.ActionAborted && entry.Body.ToString().Contains($"\"code\":\"{AbortCodes.ImageLost}\"", StringComparison.Ordinal));
        Assert.Equal((entries.Count, lost), (report.ChainValues, report.NotRepeatable));
    }
}
