using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Execution;

/// <summary>The JSON a cell reads before its input (docs/abi.md, Events). Canonical, so that replay delivers the same bytes.</summary>
public static class Envelopes
{
    public const int AbiVersion = 1;

    public static byte[] Start(string kind, CellId cell, MissionId mission, long nowUs)
    {
        var json = new JcsWriter();
        json.BeginObject();
        json.Name("abi");
        json.Integer(AbiVersion);
        json.Name("cell");
        json.String(cell.ToString());
        json.Name("event");
        json.String(kind);
        json.Name("mission");
        json.String(mission.ToString());
        json.Name("now_us");
        json.Integer(nowUs);
        json.EndObject();
        return json.WrittenSpan.ToArray();
    }

    public static byte[] Task(CellId cell, MissionId mission, string taskKey, string? itemKey, int attempt, long nowUs)
    {
        var json = new JcsWriter();
        json.BeginObject();
        json.Name("abi");
        json.Integer(AbiVersion);
        json.Name("attempt");
        json.Integer(attempt);
        json.Name("cell");
        json.String(cell.ToString());
        json.Name("event");
        json.String("task");
        if (itemKey is not null)
        {
            json.Name("item");
            json.String(itemKey);
        }

        json.Name("mission");
        json.String(mission.ToString());
        json.Name("now_us");
        json.Integer(nowUs);
        json.Name("task");
        json.String(taskKey);
        json.EndObject();
        return json.WrittenSpan.ToArray();
    }
}
