using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Voxeltron.Postgres;

/// <summary>
/// Sends NOTIFY from one place, outside every writing transaction: inside one it takes a cluster-wide lock across the flush and
/// ends group commit. One is in flight at a time, and whatever gathers meanwhile becomes the next one.
/// </summary>
public sealed class Notifier(FabricDataSource source, string channel, ILogger logger) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly CancellationTokenSource _stop = new();

    // Guarded by _gate. Never holds more than Channels.MaxSubjects: beyond, _everything.
    private readonly HashSet<string> _subjects = new(StringComparer.Ordinal);
    private bool _everything;
    private bool _pending;
    private Task _loop = Task.CompletedTask;

    public void Start() => _loop = Task.Run(() => RunAsync(_stop.Token));

    /// <summary>Notes that something changed and returns at once. Call after the commit.</summary>
    /// <param name="subject">What changed, without a comma; null = anything.</param>
    public void Notify(string? subject = null)
    {
        lock (_gate)
        {
            if (subject is null || _subjects.Count >= Channels.MaxSubjects)
            {
                _everything = true;
            }
            else
            {
                _subjects.Add(subject);
            }

            if (!_pending)
            {
                _pending = true;
                _wake.Release();
            }
        }
    }

    /// <summary>Stops after what is in flight. What was not sent yet is left to the listeners' polls.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
        _wake.Dispose();
    }

    private async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            try
            {
                await _wake.WaitAsync(stop);
                await SendAsync(TakePayload(), stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault) when (fault is NpgsqlException or IOException or SocketException or TimeoutException)
            {
                SignalsLog.NotifyFailed(logger, channel, fault);
            }
        }
    }

    private string TakePayload()
    {
        lock (_gate)
        {
            var payload = _everything ? "" : string.Join(',', _subjects);
            _subjects.Clear();
            _everything = false;
            _pending = false;
            return payload;
        }
    }

    private async Task SendAsync(string payload, CancellationToken stop)
    {
        await using var connection = await source.OpenAsync(stop);
        await using var command = new NpgsqlCommand("select pg_notify($1, $2)", connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = channel });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = payload });
        await command.ExecuteNonQueryAsync(stop);
    }
}
