using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Voxeltron.Benchmarks.Temporal;

/// <summary>
/// The history a worker would have recorded of <see cref="CountingWorkflow"/>, as Temporal's JSON: six events a step (activity
/// scheduled, started, completed; workflow task scheduled, started, completed).
/// </summary>
internal sealed class History
{
    // Any worker's and any task queue's names do: the replayer compares commands, not places.
    private const string Queue = "steps";
    private const string Worker = "worker";
    private const string Run = "7b0ce1b6-55a7-4a3f-9a8e-7c2d1f0e9a11";
    private static readonly DateTime s_begin = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private readonly JsonArray _events = [];

    private History()
    {
    }

    public static string Of(int steps)
    {
        var history = new History();
        history.Add("WorkflowExecutionStarted", new()
        {
            ["workflowType"] = Name(CountingWorkflow.Name), ["taskQueue"] = Name(Queue), ["input"] = Payloads(steps), ["workflowTaskTimeout"] = "10s",
            ["originalExecutionRunId"] = Run, ["firstExecutionRunId"] = Run, ["attempt"] = 1,
        });
        var decided = history.AddWorkflowTask();
        for (var step = 1; step <= steps; step++)
        {
            history.AddStep(step, decided);
            decided = history.AddWorkflowTask();
        }

        history.Add("WorkflowExecutionCompleted", new() { ["result"] = Payloads(steps), ["workflowTaskCompletedEventId"] = Id(decided) });
        return new JsonObject { ["events"] = history._events }.ToJsonString();
    }

    private void AddStep(int step, int decided)
    {
        var scheduled = Add("ActivityTaskScheduled", new()
        {
            ["activityId"] = Id(step), ["activityType"] = Name(StepActivity.Name), ["taskQueue"] = Name(Queue), ["input"] = Payloads(step - 1),
            ["startToCloseTimeout"] = "60s", ["workflowTaskCompletedEventId"] = Id(decided),
        });
        var started = Add("ActivityTaskStarted", new() { ["scheduledEventId"] = Id(scheduled), ["identity"] = Worker, ["requestId"] = $"activity-{step}", ["attempt"] = 1 });
        Add("ActivityTaskCompleted", new() { ["scheduledEventId"] = Id(scheduled), ["startedEventId"] = Id(started), ["identity"] = Worker, ["result"] = Payloads(step) });
    }

    /// <returns>The id of its completion, which the commands that follow name as their cause.</returns>
    private int AddWorkflowTask()
    {
        var scheduled = Add("WorkflowTaskScheduled", new() { ["taskQueue"] = Name(Queue), ["startToCloseTimeout"] = "10s", ["attempt"] = 1 });
        var started = Add("WorkflowTaskStarted", new() { ["scheduledEventId"] = Id(scheduled), ["identity"] = Worker, ["requestId"] = $"decision-{scheduled}" });
        return Add("WorkflowTaskCompleted", new() { ["scheduledEventId"] = Id(scheduled), ["startedEventId"] = Id(started), ["identity"] = Worker });
    }

    private int Add(string type, JsonObject attributes)
    {
        var id = _events.Count + 1;
        _events.Add(new JsonObject
        {
            ["eventId"] = Id(id),
            ["eventTime"] = s_begin.AddMilliseconds(id).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
            ["eventType"] = type,
            ["taskId"] = Id(1_000_000 + id),
            [char.ToLowerInvariant(type[0]) + type[1..] + "EventAttributes"] = attributes,
        });
        return id;
    }

    private static JsonObject Name(string name) => new() { ["name"] = name };

    private static string Id(int id) => id.ToString(CultureInfo.InvariantCulture);

    private static JsonObject Payloads(int value) => new()
    {
        ["payloads"] = new JsonArray(new JsonObject { ["metadata"] = new JsonObject { ["encoding"] = Base64("json/plain") }, ["data"] = Base64(Id(value)) }),
    };

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
