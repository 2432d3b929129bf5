using Voxeltron.Cli.Fabric;

namespace Voxeltron.Cli.Commands;

/// <summary>
/// `voxeltron status`: is the fabric up, and what is on it. Exit code 0 only if the API is ready and, where a state
/// directory tells of the other processes, each of these is too and one of them is a worker.
/// </summary>
public static class StatusCommand
{
    private const int Missions = 5;

    public static async Task<int> RunAsync(FabricClient client, TextWriter output, CancellationToken cancel)
    {
        using var probe = new ReadinessProbe();
        var api = await probe.AskAsync(client.Address.Api, cancel);
        Line(output, "api", $"{client.Address.Api} {api.Text}");
        var processes = await ProcessesAsync(probe, client.Address.StateDirectory, output, cancel);
        if (!api.IsReady)
        {
            output.WriteLine("The API is not ready: start the fabric with scripts/up, or see what scripts/status says.");
            return 1;
        }

        var key = await client.GetAsync("v1/whoami", ApiJson.Default.WhoAmIAnswer, "Asking what the key is", cancel);
        Line(output, "key", $"{key.KeyId} ({key.Name}), {key.Role} of tenant {key.Tenant}");
        var page = await client.GetAsync($"v1/missions?limit={Missions}", ApiJson.Default.MissionPage, "Reading missions", cancel);
        foreach (var mission in page.Missions)
        {
            Line(output, "mission", ListCommands.Line(mission));
        }

        if (page.Missions.Count == 0)
        {
            Line(output, "mission", "none yet; voxeltron demo starts one");
        }

        return processes ? 0 : 1;
    }

    private static async Task<bool> ProcessesAsync(ReadinessProbe probe, string? state, TextWriter output, CancellationToken cancel)
    {
        if (state is null)
        {
            Line(output, "workers", $"unknown: set {FabricAddress.StateVariable} on the fabric's own machine to see them");
            return true;
        }

        var (all, worker) = (true, false);
        foreach (var (name, address) in ReadinessProbe.Processes(state))
        {
            if (name == "api")
            {
                continue;
            }

            var answer = await probe.AskAsync(address, cancel);
            Line(output, name, $"{address} {answer.Text}");
            all &= answer.IsReady;
            worker |= answer.IsReady && name.StartsWith("worker", StringComparison.Ordinal);
        }

        if (!worker)
        {
            Line(output, "workers", "none is ready: tasks wait until one is (scripts/up)");
        }

        return all && worker;
    }

    private static void Line(TextWriter output, string what, string text) => output.WriteLine($"{what,-9} {text}");
}
