using System.Net.Sockets;
using Npgsql;
using Voxeltron.Postgres;

namespace Voxeltron.CellWorker;

/// <summary>Keeps a host's <see cref="ModelDesk"/> as the database has it: at each word that a system stream changed, and behind that every poll.</summary>
internal sealed partial class ModelWatch(ModelDesk desk, NotificationListener listener, WorkerOptions options, TimeProvider clock, ILogger<ModelWatch> log)
{
    public async Task RunAsync(CancellationToken stopping)
    {
        using var hints = listener.Subscribe();
        while (!stopping.IsCancellationRequested)
        {
            var looked = clock.GetTimestamp();
            try
            {
                await desk.LookAsync(stopping);
            }
            catch (Exception away) when (away is NpgsqlException or IOException or SocketException or TimeoutException)
            {
                LogAway(log, away.Message);
            }

            // The session hears of intents too, which come by the thousand.
            TimeSpan left;
            Signal hint;
            do
            {
                left = options.Poll - clock.GetElapsedTime(looked);
                hint = await hints.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, stopping);
            }
            while (left > TimeSpan.Zero && !hint.Everything && !hint.Subjects.Contains(Channels.ModelsOf));
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Models and air gaps could not be read, the last known ones hold: {Reason}")]
    private static partial void LogAway(ILogger log, string reason);
}
