using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>Keeps cell keys made ahead, so that no boot waits for a key pair to be computed.</summary>
internal sealed class KeyringFiller(CellKeyring keys, TimeProvider clock) : BackgroundService
{
    private const int Waiting = 2_048;
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, clock);
        try
        {
            do
            {
                keys.Refill(Waiting, stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }
}
