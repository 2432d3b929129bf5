using Temporalio.Activities;
using Temporalio.Workflows;

namespace Voxeltron.Benchmarks.Temporal;

/// <summary>A workflow of so many steps, each an activity that adds one: the peer of a cell that counts on its timers.</summary>
[Workflow(Name)]
public sealed class CountingWorkflow
{
    public const string Name = "Counting";

    private static readonly ActivityOptions s_options = new() { StartToCloseTimeout = TimeSpan.FromSeconds(60) };

    [WorkflowRun]
    public async Task<int> RunAsync(int steps)
    {
        var count = 0;
        for (var step = 0; step < steps; step++)
        {
            var before = count;
            count = await Workflow.ExecuteActivityAsync(() => StepActivity.AddOne(before), s_options);
        }

        return count;
    }
}

/// <summary>Never run while replaying: its results are in the history.</summary>
public static class StepActivity
{
    public const string Name = "AddOne";

    [Activity(Name)]
    public static int AddOne(int value) => value + 1;
}
