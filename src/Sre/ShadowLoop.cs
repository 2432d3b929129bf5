using System.Net.Sockets;
using Npgsql;
using Voxeltron.Postgres;

namespace Voxeltron.Sre;

/// <summary>Looks once a period and says in one line what it saw. Postgres being away is a line too; the loop goes on.</summary>
internal sealed partial class ShadowLoop(ShadowOperator shadow, SreMetrics metrics, SreOptions options, TimeProvider clock, ILogger<ShadowLoop> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        LogMode(ShadowOperator.Mode, options.Interval.TotalSeconds);
        if (shadow.ChatModel is { } model)
        {
            LogModel(model);
        }
        else
        {
            LogNoModel();
        }

        using var timer = new PeriodicTimer(options.Interval, clock);
        do
        {
            await LookAsync(stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task LookAsync(CancellationToken cancel)
    {
        try
        {
            var view = await shadow.RunOnceAsync(cancel);
            metrics.Looked(view);
            var details = string.Join("; ", view.Concerns.Select(static concern => concern.Detail));
            LogSaw(view.Hosts.Live, view.Inbox.Pending, view.StuckMissions, view.Concerns.Count, details);
        }
        catch (Exception fault) when (fault is NpgsqlException or SocketException or IOException or TimeoutException
            || fault.InnerException is NpgsqlException or SocketException or TimeoutException)
        {
            metrics.Missed();
            if (SetUpFault.In(fault) is { } missing)
            {
                LogNotSetUp(missing.MessageText, missing.SqlState);
            }
            else
            {
                LogBlind(fault.Message);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "SRE operator, mode: {Mode}. Looks every {Seconds} s, says what it sees, changes nothing")]
    private partial void LogMode(string mode, double seconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "No chat model is configured: observations only, no proposals")]
    private partial void LogNoModel();

    [LoggerMessage(Level = LogLevel.Information, Message = "Chat model {Model} is registered; shadow mode does not ask it")]
    private partial void LogModel(string model);

    [LoggerMessage(Level = LogLevel.Information, Message = "shadow: {Hosts} live host(s), {Pending} act(s) pending, {Stuck} mission(s) stuck, {Concerns} concern(s) {Details}")]
    private partial void LogSaw(int hosts, long pending, int stuck, int concerns, string details);

    [LoggerMessage(Level = LogLevel.Warning, Message = "shadow: cannot see, Postgres does not answer: {Reason}")]
    private partial void LogBlind(string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "shadow: cannot see, the schema is missing or older, or a right is missing: {Reason} ({SqlState}). Run scripts/up")]
    private partial void LogNotSetUp(string reason, string sqlState);
}
