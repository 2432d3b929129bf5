using System.Collections.Immutable;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Voxeltron.Postgres;

/// <summary>
/// One LISTEN session per process, on a connection of its own that it reopens for ever with a growing pause. Whatever was lost
/// in between becomes one "anything may have changed". Consumers <see cref="Subscribe"/> and poll as well.
/// </summary>
public sealed class NotificationListener(FabricDataSource source, IReadOnlyList<string> channels, TimeProvider clock, ILogger logger) : IAsyncDisposable
{
    // A server that vanished without closing the socket is found by asking now and then.
    private static readonly TimeSpan s_probeInterval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(2);

    private readonly string _names = string.Join(", ", channels);
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ImmutableArray<SignalSubscription> _subscriptions = [];
    private SignalSubscription? _own;
    private Task _loop = Task.CompletedTask;

    /// <summary>Completes when the first session listens. Tests wait for it; nothing else needs to.</summary>
    public Task Listening => _listening.Task;

    /// <summary>Starts the loop; returns at once, whether or not Postgres is there.</summary>
    public void Start()
    {
        _own = Subscribe();
        _loop = Task.Run(() => RunAsync(_stop.Token));
    }

    /// <summary>A mailbox of one's own; dispose it to unsubscribe.</summary>
    public SignalSubscription Subscribe()
    {
        var subscription = new SignalSubscription(gone => ImmutableInterlocked.Update(ref _subscriptions, static (all, one) => all.Remove(one), gone));
        ImmutableInterlocked.Update(ref _subscriptions, static (all, one) => all.Add(one), subscription);
        return subscription;
    }

    /// <summary>For a process with one consumer: true as soon as anything happened since the last call, false when the time is up.</summary>
    public async Task<bool> WaitAsync(TimeSpan timeout, CancellationToken ct)
    {
        var own = _own ?? throw new InvalidOperationException("The listener was not started.");
        return (await own.WaitAsync(timeout, ct)).Happened;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
        _own?.Dispose();
    }

    private async Task RunAsync(CancellationToken stop)
    {
        var pause = s_firstPause;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await using var connection = await source.OpenDedicatedAsync(stop);
                connection.Notification += (_, notification) => Deliver(notification.Payload);
                await ListenAsync(connection, stop);
                pause = s_firstPause;
                _listening.TrySetResult();
                SignalsLog.Listening(logger, _names);
                // What was sent while nobody listened is unknown.
                Deliver("");
                await FollowAsync(connection, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault) when (fault is NpgsqlException or IOException or SocketException or TimeoutException or InvalidOperationException)
            {
                SignalsLog.ListenerLost(logger, _names, fault);
                Deliver("");
            }

            pause = await PauseAsync(pause, stop);
        }
    }

    private async Task ListenAsync(NpgsqlConnection connection, CancellationToken stop)
    {
        // Channel names are constants of this assembly or a caller's; quoted all the same.
        var listen = string.Join("; ", channels.Select(static c => $"listen \"{c.Replace("\"", "\"\"", StringComparison.Ordinal)}\""));
        await using var command = new NpgsqlCommand(listen, connection);
        await command.ExecuteNonQueryAsync(stop);
    }

    private static async Task FollowAsync(NpgsqlConnection connection, CancellationToken stop)
    {
        while (true)
        {
            if (!await connection.WaitAsync(s_probeInterval, stop))
            {
                await using var probe = new NpgsqlCommand("select 1", connection);
                await probe.ExecuteScalarAsync(stop);
            }
        }
    }

    private void Deliver(string payload)
    {
        foreach (var subscription in _subscriptions)
        {
            subscription.Deliver(payload);
        }
    }

    /// <returns>The next pause.</returns>
    private async Task<TimeSpan> PauseAsync(TimeSpan pause, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(pause, clock);
        try
        {
            await timer.WaitForNextTickAsync(stop);
        }
        catch (OperationCanceledException)
        {
            // The loop sees the token itself.
        }

        var next = pause * 2;
        return next < s_longestPause ? next : s_longestPause;
    }
}
