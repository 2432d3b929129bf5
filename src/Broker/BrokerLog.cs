using System.Text.Json;
using System.Text.Json.Serialization;

namespace Voxeltron.Broker;

/// <summary>One JSON line an event of the broker's life on standard output. Never a payload, a key, or a whole envelope.</summary>
internal static class BrokerLog
{
    private static readonly Lock s_one = new();

    public static void Write(string what, string? detail = null)
    {
        var line = JsonSerializer.Serialize(new BrokerLogLine(DateTimeOffset.UtcNow, what, detail), BrokerLogJson.Default.BrokerLogLine);
        lock (s_one)
        {
            Console.Out.WriteLine(line);
        }
    }
}

internal sealed record BrokerLogLine(DateTimeOffset At, string Event, string? Detail);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BrokerLogLine))]
internal sealed partial class BrokerLogJson : JsonSerializerContext;
