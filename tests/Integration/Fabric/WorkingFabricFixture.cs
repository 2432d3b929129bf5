using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>One fabric with one worker, for tests that leave it as they found it: working.</summary>
public sealed class WorkingFabricFixture : IAsyncLifetime
{
    internal RunningFabric Fabric { get; private set; } = null!;

    internal ChildProcess Worker { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Fabric = await RunningFabric.StartAsync(await ServerSeat.SharedAsync());
        Worker = await Fabric.StartWorkerAsync();
    }

    public async Task DisposeAsync()
    {
        if (Fabric is not null)
        {
            await Fabric.DisposeAsync();
        }
    }
}

[CollectionDefinition(Name)]
public sealed class WorkingFabric : ICollectionFixture<WorkingFabricFixture>
{
    public const string Name = "a working fabric";
}
