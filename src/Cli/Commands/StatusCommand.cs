using Voxeltron.Cli.Fabric;

namespace Voxeltron.Cli.Commands;

/// <summary>`voxeltron status`: is the fabric up, and what is on it. Exit code 1 when no worker is alive.</summary>
public static class StatusCommand
{
    public static async Task<int> RunAsync(FabricClient client, TextWriter output, CancellationToken cancel)
    {
        var ready = await client.GetAsync("ready", ApiJson.Default.ReadyAnswer, "Asking whether the fabric is ready", cancel);
        output.WriteLine($"api       {client.Address.Api} {ready.Status}, postgres {ready.Postgres ?? "unknown"}");
        var hosts = await client.GetAsync("v1/hosts", ApiJson.Default.HostPage, "Reading hosts", cancel);
        foreach (var host in hosts.Hosts)
        {
            output.WriteLine($"host      {host.HostId} {host.State}, {host.CellsLive} of {host.CellCapacity} cells");
        }

        if (!hosts.Hosts.Any(h => h.State == "live"))
        {
            output.WriteLine("no live worker: tasks wait until one starts (scripts/up)");
            return 1;
        }

        var missions = await client.GetAsync("v1/missions?limit=5", ApiJson.Default.MissionPage, "Reading missions", cancel);
        foreach (var mission in missions.Missions)
        {
            output.WriteLine($"mission   {ListCommands.Line(mission)}");
        }

        return 0;
    }
}
