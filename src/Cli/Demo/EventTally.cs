using System.Text.Json;
using Voxeltron.Cli.Fabric;

namespace Voxeltron.Cli.Demo;

/// <summary>What the demo learns from a mission's entries as they become durable.</summary>
public sealed class EventTally
{
    private readonly HashSet<string> _settled = new(StringComparer.Ordinal);

    /// <summary>Boot stages by name, in microseconds; "total" is the whole boot.</summary>
    public SortedDictionary<string, Distribution> Stages { get; } = new(StringComparer.Ordinal);

    public long Entries { get; private set; }

    public int Aborts { get; private set; }

    public int Epochs { get; private set; }

    /// <summary>Requests whose last step has an outcome.</summary>
    public int Settled => _settled.Count;

    public void Add(EventAnswer entry)
    {
        Entries++;
        switch (entry.Kind)
        {
            case "epoch.began":
                Epochs++;
                break;
            case "cell.booted":
                AddBoot(entry.Body);
                break;
            case "action.aborted":
                Aborts++;
                break;
            case "action" or "task.failed" or "task.skipped":
                Settle(entry.Body);
                break;
            default:
                break;
        }
    }

    private void AddBoot(JsonElement body)
    {
        if (!body.TryGetProperty("stages_us", out var stages) || stages.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (var stage in stages.EnumerateObject())
        {
            if (stage.Value.TryGetInt64(out var us))
            {
                if (!Stages.TryGetValue(stage.Name, out var distribution))
                {
                    Stages[stage.Name] = distribution = new Distribution();
                }

                distribution.Add(us);
            }
        }
    }

    private void Settle(JsonElement body)
    {
        const string last = "decide/";
        if (body.TryGetProperty("task", out var task) && task.GetString() is { } key && key.StartsWith(last, StringComparison.Ordinal))
        {
            _settled.Add(key[last.Length..]);
        }
    }
}
