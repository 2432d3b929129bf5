using Hangfire.Logging;
using HangfireLevel = Hangfire.Logging.LogLevel;
using Level = Microsoft.Extensions.Logging.LogLevel;

namespace Voxeltron.Api.Housekeeping;

/// <summary>
/// Hangfire keeps its log in a static that outlives the host, and its threads may still speak while the host is going: then
/// they find nobody listening, instead of an exception that ends whatever they were doing.
/// </summary>
internal sealed partial class HangfireLog(ILoggerFactory loggers) : ILogProvider
{
    public ILog GetLogger(string name)
    {
        try
        {
            return new Log(loggers.CreateLogger(name));
        }
        catch (ObjectDisposedException)
        {
            return new Log(null);
        }
    }

    private sealed partial class Log(ILogger? logger) : ILog
    {
        bool ILog.Log(HangfireLevel logLevel, Func<string>? messageFunc, Exception? exception)
        {
            var level = logLevel switch
            {
                HangfireLevel.Trace => Level.Trace,
                HangfireLevel.Debug => Level.Debug,
                HangfireLevel.Info => Level.Information,
                HangfireLevel.Warn => Level.Warning,
                HangfireLevel.Error => Level.Error,
                _ => Level.Critical,
            };
            if (logger?.IsEnabled(level) != true)
            {
                return false;
            }

            if (messageFunc is not null)
            {
                var message = messageFunc();
                Say(logger, level, message, exception);
            }

            return true;
        }

        [LoggerMessage(Message = "{Message}")]
        private static partial void Say(ILogger logger, Level level, string message, Exception? fault);
    }
}
