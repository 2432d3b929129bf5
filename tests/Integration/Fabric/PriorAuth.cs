using System.Text.Json.Nodes;
using Voxeltron.Kernel;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>The demo's mission: its spec over registered modules, its reference table, and what it came to for each request.</summary>
internal static class PriorAuth
{
    public static async Task<string> PriorAuthSpecAsync(this RunningFabric fabric)
    {
        var spec = JsonNode.Parse(BuiltFiles.Sample("prior-auth/mission.json"))!;
        foreach (var task in spec["tasks"]!.AsArray())
        {
            var name = task!["module"]!.GetValue<string>();
            task["module"] = await fabric.RegisterAsync(name, BuiltFiles.Sample($"prior-auth/{name}.wasm"));
        }

        return spec.ToJsonString();
    }

    public static async Task SubmitScheduleAsync(this RunningFabric fabric, MissionId mission)
    {
        await fabric.SubmitAsync(mission, "schedule", BuiltFiles.Sample("prior-auth/coverage.csv"), "reference");
        await fabric.CloseAsync(mission, "reference");
    }

    /// <summary>Item by item: the decision's outcome, or <c>refused:CODE</c>, as the log has it.</summary>
    public static Task<IReadOnlyList<string>> OutcomesAsync(this RunningFabric fabric, MissionId mission) => fabric.RowsAsync($"""
        select a.item,
               case when a.outcome = 'refused' then 'refused:' || a.code
                    else (convert_from(e.payload, 'UTF8')::json->'result'->>'text')::json->>'outcome' end
          from audit.action a
          join journal.entry e on e.tenant_id = a.tenant_id and e.stream_id = a.mission_id and e.seq = a.seq
         where a.mission_id = '{mission.Value}' and a.item is not null and (a.outcome = 'refused' or a.task like 'decide/%')
         order by a.item
        """);
}
