using Voxeltron.Kernel;
using Voxeltron.Postgres;

namespace Voxeltron.Api.Signals;

/// <summary>
/// Turns the workers' notifications into pulses, and pulses everyone once a second besides: missing every NOTIFY costs that
/// much latency and nothing else. Also starts the process's one listening session.
/// </summary>
internal sealed class JournalFollower(NotificationListener listener, JournalSignal signal, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan s_poll = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var subscription = listener.Subscribe();
        listener.Start();
        var looked = clock.GetTimestamp();
        while (!stoppingToken.IsCancellationRequested)
        {
            var news = await subscription.WaitAsync(s_poll, stoppingToken);
            if (news.Everything || clock.GetElapsedTime(looked) >= s_poll)
            {
                signal.PulseAll();
                looked = clock.GetTimestamp();
                continue;
            }

            foreach (var subject in news.Subjects)
            {
                Pulse(subject);
            }
        }
    }

    /// <param name="subject"><c>tenant/streamhex</c>; anything else comes from another version and wakes everyone.</param>
    private void Pulse(string subject)
    {
        var slash = subject.IndexOf('/');
        if (slash > 0 && TenantId.IsValid(subject[..slash]) && Guid.TryParseExact(subject.AsSpan(slash + 1), "N", out var stream))
        {
            signal.Pulse(new TenantId(subject[..slash]), new StreamId(stream));
        }
        else
        {
            signal.PulseAll();
        }
    }
}
