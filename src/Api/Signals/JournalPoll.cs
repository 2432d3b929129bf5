namespace Voxeltron.Api.Signals;

/// <summary>The poll behind the notifications: once a second everyone who waits looks. Missing every NOTIFY costs this much latency, nothing else.</summary>
internal sealed class JournalPoll(JournalSignal signal, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_period, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            signal.PulseAll();
        }
    }
}
