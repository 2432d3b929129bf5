using Voxeltron.Kernel;
using Xunit;
using Xunit.Abstractions;

namespace Voxeltron.Tests.Unit.Simulation;

/// <summary>As <see cref="KillSimulationTests"/>, of missions whose tasks follow views of what others write.</summary>
public sealed class FollowSimulationTests(ITestOutputHelper output)
{
    private const int FixedSeeds = 60;
    private const string Variable = "VOXELTRON_TEST_SEEDS";

    private static readonly int s_clockSeeds = int.TryParse(Environment.GetEnvironmentVariable(Variable), out var seeds) ? seeds : 15;

    [Fact]
    public async Task A_follower_is_told_every_change_once_whichever_point_a_host_is_killed_at()
    {
        var (told, merged, resets, takeovers, aborted, used) = (0, 0, 0, 0, 0, 0);
        var kinds = new Dictionary<string, int>(StringComparer.Ordinal);
        var (swaps, recoveries, across) = (0, 0, 0);
        var (woken, lost) = (0L, 0L);
        for (var seed = 1; seed <= FixedSeeds; seed++)
        {
            var world = await RunAsync(seed);
            var isOpen = false;
            foreach (var entry in world.Missions.SelectMany(mission => world.Database.Entries(mission.Stream)))
            {
                kinds[entry.Header.Kind] = kinds.GetValueOrDefault(entry.Header.Kind) + 1;
                isOpen = entry.Header.Kind == EntryKinds.IncidentOpened || (isOpen && entry.Header.Kind != EntryKinds.IncidentClosed);
                across += isOpen && entry.Header.Kind == EntryKinds.EpochBegan ? 1 : 0;
                recoveries += entry.Header.Kind == EntryKinds.IncidentClosed && entry.Body.ToString().Contains("\"recovered\"", StringComparison.Ordinal) ? 1 : 0;
                swaps += entry.Body.ToString().Contains("\"reason\":\"reload\"", StringComparison.Ordinal) && entry.Header.Kind == EntryKinds.CellBooted ? 1 : 0;
                var isDelta = entry.Header.Kind is EntryKinds.Action or EntryKinds.ActionAborted && entry.Body.ToString().Contains("\"event\":\"delta\"", StringComparison.Ordinal);
                told += isDelta && entry.Header.Kind == EntryKinds.Action ? 1 : 0;
                aborted += isDelta && entry.Header.Kind == EntryKinds.ActionAborted ? 1 : 0;
                resets += isDelta && entry.Body.ToString().Contains("\"reset\":true", StringComparison.Ordinal) ? 1 : 0;
                merged += isDelta && Span(entry.Body.ToString()) > 10 ? 1 : 0;
                takeovers += entry.Header is { Kind: EntryKinds.EpochBegan, Epoch: > 1 } ? 1 : 0;
            }

            used += world.SnapshotsUsed;
            // Hosts say so when they are gone.
            world.Dispose();
            woken += world.CellsWoken;
            lost += world.ImagesLost;
        }

        output.WriteLine($"{woken} cells slept and were woken, {lost} images were lost");
        Assert.True(woken > 250 && lost > 3, "The cells sleep too little.");

        output.WriteLine($"{told} deltas told, {merged} of them of more than ten entries, {resets} resets, {aborted} aborted, {takeovers} takeovers, {used} from snapshots");
        var (reloaded, failed, restored) = (kinds.GetValueOrDefault(EntryKinds.ModuleReloaded), kinds.GetValueOrDefault(EntryKinds.ModuleReloadFailed), kinds.GetValueOrDefault(EntryKinds.ModuleRestored));
        output.WriteLine($"{reloaded} reloads, {failed} failed, {restored} restored, {swaps} cells swapped");
        var (opened, recovered, ended) = (kinds.GetValueOrDefault(EntryKinds.IncidentOpened), recoveries, kinds.GetValueOrDefault(EntryKinds.IncidentClosed) - recoveries);
        output.WriteLine($"{opened} incidents, {recovered} recovered, {ended} closed by the end of their mission, {across} with an epoch that began while they were open");
        Assert.True(opened == recovered + ended && recovered > 10 && across > 0, "The runs crash too little.");
        Assert.True(reloaded > 20 && failed > 5 && failed == restored && swaps > 40, "The runs reload too little.");
        Assert.True(told > 300 && merged > 20 && resets > 5 && aborted > 10 && takeovers > 30 && used > 3, "The runs test too little.");
    }

    [Fact]
    public async Task A_follower_is_told_every_change_once_under_seeds_nobody_has_seen()
    {
        var seed = Environment.TickCount & 0x3FFF_FFFF;
        output.WriteLine($"seeds {seed} to {seed + s_clockSeeds - 1}");
        for (var i = 0; i < s_clockSeeds; i++)
        {
            using var world = await RunAsync(seed + i);
        }
    }

    private static long Span(string body)
    {
        static long Number(string body, string name)
        {
            var at = body.IndexOf($"\"{name}\":", StringComparison.Ordinal) + name.Length + 3;
            return long.Parse(body.AsSpan(at, body.AsSpan(at).IndexOfAnyExceptInRange('0', '9')), System.Globalization.CultureInfo.InvariantCulture);
        }

        return Number(body, "to") - Number(body, "from");
    }

    private async Task<SimWorld> RunAsync(int seed)
    {
        var world = new SimWorld(seed, SimFollowers.Draw);
        try
        {
            world.Run();
            await Invariants.AssertAsync(world);
            return world;
        }
        catch
        {
            output.WriteLine(world.Describe());
            world.Dispose();
            throw;
        }
    }
}
