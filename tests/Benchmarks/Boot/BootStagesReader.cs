using System.Text.Json;
using Npgsql;
using Voxeltron.Kernel;

namespace Voxeltron.Benchmarks;

/// <summary>Reads the stage times that boots left in their own durable entries.</summary>
internal static class BootStagesReader
{
    private const string Sql = "select body from journal.entry where tenant_id = $1 and stream_id = any($2) and kind = $3";

    /// <returns>µs by stage, in the order of the entry.</returns>
    public static async Task<IReadOnlyDictionary<string, List<double>>> ReadAsync(BenchFabric fabric, IEnumerable<MissionId> missions, CancellationToken cancel)
    {
        var stages = new Dictionary<string, List<double>>(StringComparer.Ordinal);
        await using var connection = await fabric.Database.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(Sql, connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = fabric.Tenant.Value });
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. missions.Select(static mission => mission.Value)] });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = EntryKinds.CellBooted });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            using var body = JsonDocument.Parse(reader.GetString(0));
            foreach (var stage in body.RootElement.GetProperty("stages_us").EnumerateObject())
            {
                // Namespaces that lay ready and those that were made are two things, not one with a tail.
                var name = stage.Name == "netns" ? $"netns.{body.RootElement.GetProperty("netns").GetString()}" : stage.Name;
                if (!stages.TryGetValue(name, out var times))
                {
                    stages[name] = times = [];
                }

                times.Add(stage.Value.GetInt64());
            }
        }

        return stages;
    }
}
