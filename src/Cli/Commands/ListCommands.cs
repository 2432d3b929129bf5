using Voxeltron.Cli.Fabric;

namespace Voxeltron.Cli.Commands;

/// <summary>The reading commands: modules, missions, tasks, events. One thing a line, columns separated by blanks.</summary>
public static class ListCommands
{
    public static async Task<int> ModulesAsync(FabricClient client, TextWriter output, CancellationToken cancel)
    {
        for (string? after = null; ;)
        {
            var page = await client.GetAsync($"v1/modules?limit=200{After(after)}", ApiJson.Default.ModulePage, "Reading modules", cancel);
            foreach (var module in page.Modules)
            {
                output.WriteLine($"{module.ModuleDigest}  {module.Name,-16} {module.Status,-10} {module.SizeBytes,8} bytes  {module.ReasonCode}");
            }

            if ((after = page.NextAfter) is null)
            {
                return 0;
            }
        }
    }

    public static async Task<int> MissionsAsync(FabricClient client, TextWriter output, CancellationToken cancel)
    {
        for (string? after = null; ;)
        {
            var page = await client.GetAsync($"v1/missions?limit=200{After(after)}", ApiJson.Default.MissionPage, "Reading missions", cancel);
            foreach (var mission in page.Missions)
            {
                output.WriteLine(Line(mission));
            }

            if ((after = page.NextAfter) is null)
            {
                return 0;
            }
        }
    }

    public static async Task<int> TasksAsync(FabricClient client, string mission, TextWriter output, CancellationToken cancel)
    {
        await foreach (var task in client.TasksAsync(mission, cancel))
        {
            output.WriteLine($"{task.TaskKey,-36} {task.Status,-10} attempt {task.Attempt}  seq {task.LastSeq,-8} {task.OutcomeCode ?? task.WaitingFor}");
        }

        return 0;
    }

    public static async Task<int> EventsAsync(FabricClient client, string mission, long afterSeq, TextWriter output, CancellationToken cancel)
    {
        var follower = new EventFollower(client, mission);
        await foreach (var entry in follower.FollowAsync(afterSeq, cancel))
        {
            output.WriteLine($"{entry.Seq,7}  {entry.Time}  {entry.Kind,-18} {entry.Actor,-44} {entry.Body.GetRawText()}");
        }

        output.WriteLine($"mission {follower.EndStatus}");
        return 0;
    }

    public static string Line(MissionAnswer mission) =>
        $"{mission.MissionId}  {mission.Name,-16} {mission.Status,-10} seq {mission.Seq,-8} tasks {mission.Tasks?.Completed ?? 0}/{mission.Tasks?.Total ?? 0} completed, {mission.Tasks?.Refused ?? 0} refused, {mission.Tasks?.Failed ?? 0} failed";

    private static string After(string? cursor) => cursor is null ? "" : "&after=" + Uri.EscapeDataString(cursor);
}
