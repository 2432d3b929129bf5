using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Hosting;

namespace Voxeltron.Hosting;

/// <summary>
/// The address this process really listens on, known once the server runs: port 0 lets the kernel choose, so no two processes
/// race for one. It is also left in <c>run/NAME.url</c>, where scripts look, while the process runs.
/// </summary>
public sealed class ProcessAddress(IServer server, FabricState state, FabricInstance instance) : IHostedLifecycleService
{
    /// <summary>Null until the server has started.</summary>
    public string? Url { get; private set; }

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        Url = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault();
        if (Url is null)
        {
            return Task.CompletedTask;
        }

        Directory.CreateDirectory(state.Paths.Run);
        return File.WriteAllTextAsync(state.Paths.Address(instance.Name), Url + "\n", cancellationToken);
    }

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        var file = state.Paths.Address(instance.Name);
        try
        {
            File.Delete(file);
        }
        catch (UnauthorizedAccessException)
        {
            // Behind a launcher's walls run/ belongs to somebody else, and of it only this file may be written to.
            File.WriteAllBytes(file, []);
        }

        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
