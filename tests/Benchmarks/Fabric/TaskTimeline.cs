using System.Text.Json.Serialization;

namespace Voxeltron.Benchmarks;

/// <summary>One task attempt as its worker saw it; CLOCK_MONOTONIC timestamps, 0 where a point was not reached.</summary>
internal sealed record TaskTimeline(
    [property: JsonPropertyName("task")] string Task,
    [property: JsonPropertyName("attempt")] int Attempt,
    [property: JsonPropertyName("claimed")] long Claimed,
    [property: JsonPropertyName("began")] long Began,
    [property: JsonPropertyName("ready")] long Ready,
    [property: JsonPropertyName("running")] long Running,
    [property: JsonPropertyName("ended")] long Ended,
    [property: JsonPropertyName("dispatch_durable")] long DispatchDurable,
    [property: JsonPropertyName("boot_durable")] long BootDurable,
    [property: JsonPropertyName("end_durable")] long EndDurable)
{
    /// <summary>The item's key: what stands behind the task's name.</summary>
    public string Item => Task[(Task.IndexOf('/') + 1)..];

    /// <summary><c>on_start</c> returned and the boot entry is durable: whichever came later.</summary>
    public long ReadyDurable => Math.Max(Ready, BootDurable);

    /// <summary><c>on_task</c> was entered and the dispatch entry is durable: whichever came later.</summary>
    public long RunningDurable => Math.Max(Running, DispatchDurable);

    public bool Complete => Claimed > 0 && DispatchDurable > 0 && BootDurable > 0 && EndDurable > 0;
}
