using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>A fabric that has worked: a mission with completed and failed tasks, all of it under a checkpoint, its processes stopped.</summary>
public sealed class TamperFixture : IAsyncLifetime
{
    internal RunningFabric Fabric { get; private set; } = null!;

    /// <summary>The mission that worked.</summary>
    public MissionId Mission { get; private set; }

    public async Task InitializeAsync()
    {
        Fabric = await RunningFabric.StartAsync(await ServerSeat.SharedAsync());
        await Fabric.StartWorkerAsync();
        var module = await Fabric.RegisterAsync("misbehave", BuiltFiles.Guest("misbehave"));
        var mission = await Fabric.OpenAsync(Specs.Mapped(module, "tampered", attempts: 1, fuel: 1_000_000), wait: 20);
        Mission = mission;
        await Fabric.SubmitAsync(mission, [("good", "count"), ("bad", "unreachable"), ("no", "fail")]);
        await Fabric.CloseAsync(mission);
        await Fabric.EndAsync(mission, "The mission to tamper with", "failed");
        await Fabric.UntilAsync(
            "Waiting for the last checkpoint",
            "no commit without one, and the file to name it",
            async () => await Fabric.CountAsync("select (select count(*) from journal.commit) - (select max(tree_size) from journal.checkpoint)") == 0
                && (await File.ReadAllTextAsync(Fabric.State.Paths.Checkpoint)).Contains($"\n{await Fabric.CountAsync("select max(tree_size) from journal.checkpoint")}\n", StringComparison.Ordinal),
            static covered => covered);
        await Fabric.KillWorkersAsync();
        await Fabric.Api.KillAsync();
        await Fabric.AssertCleanAsync();
    }

    public async Task DisposeAsync()
    {
        if (Fabric is not null)
        {
            await Fabric.DisposeAsync();
        }
    }
}
