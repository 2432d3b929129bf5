using Microsoft.Extensions.Logging;

namespace Voxeltron.Postgres;

internal static partial class SignalsLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Lost the session that listens on {Channels}; opening another, polling meanwhile")]
    public static partial void ListenerLost(ILogger logger, string channels, Exception fault);

    [LoggerMessage(Level = LogLevel.Information, Message = "Listening on {Channels}")]
    public static partial void Listening(ILogger logger, string channels);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Could not notify {Channel}; listeners find the change at their next poll")]
    public static partial void NotifyFailed(ILogger logger, string channel, Exception fault);
}
