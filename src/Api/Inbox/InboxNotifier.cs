using System.Threading.Channels;
using Npgsql;
using Voxeltron.Api.Http;
using Voxeltron.Postgres;

namespace Voxeltron.Api.Inbox;

/// <summary>
/// Tells the worker hosts that the inbox has news. Never inside the writing transaction (that would end group commit); signals
/// that come while one NOTIFY is under way become one more. A lost one costs latency only: hosts poll behind it.
/// </summary>
internal sealed partial class InboxNotifier(FabricDataSource source, ILogger<InboxNotifier> logger) : BackgroundService
{
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Signal() => _signal.Writer.TryWrite(true);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var _ in _signal.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await using var connection = await source.OpenAsync(stoppingToken);
                await using var command = new NpgsqlCommand("notify voxeltron_inbox", connection);
                await command.ExecuteNonQueryAsync(stoppingToken);
            }
            catch (Exception fault) when (PostgresFault.Classify(fault) == PostgresFaultClass.Unavailable)
            {
                LogLost(fault.Message);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "NOTIFY voxeltron_inbox was lost ({Reason}); worker hosts will find the rows by polling")]
    private partial void LogLost(string reason);
}
