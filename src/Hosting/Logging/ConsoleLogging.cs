using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Voxeltron.Hosting;

/// <summary>
/// Logs go to standard output, where whoever started the process keeps them. They are for operators: evidence is in the signed
/// log. No secret is ever a log argument; connection strings are not logged at all.
/// </summary>
internal static class ConsoleLogging
{
    private const string UtcTime = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";

    public static void Configure(ILoggingBuilder logging, FabricConfig config)
    {
        logging.ClearProviders();
        logging.SetMinimumLevel(config.LogLevel);
        // Each request and each pooled connection at Information would drown what operators look for.
        logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        logging.AddFilter("Npgsql", LogLevel.Warning);
        if (config.LogFormat == LogFormat.Json)
        {
            logging.AddJsonConsole(static options =>
            {
                options.UseUtcTimestamp = true;
                options.TimestampFormat = UtcTime.TrimEnd();
            });
            return;
        }

        logging.AddSimpleConsole(static options =>
        {
            options.UseUtcTimestamp = true;
            options.TimestampFormat = UtcTime;
            options.SingleLine = true;
            options.ColorBehavior = LoggerColorBehavior.Disabled;
        });
    }
}
