using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>One fabric for the tests that share it. No worker runs until a test starts one.</summary>
public sealed class FabricFixture : IAsyncLifetime
{
    internal RunningFabric Fabric { get; private set; } = null!;

    public async Task InitializeAsync() => Fabric = await RunningFabric.StartAsync(await ServerSeat.SharedAsync());

    public async Task DisposeAsync()
    {
        if (Fabric is not null)
        {
            await Fabric.DisposeAsync();
        }
    }
}
