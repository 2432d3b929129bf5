using System.Text.Json;
using Voxeltron.Cells;
using Voxeltron.Ultra;

namespace Voxeltron.Execution;

/// <summary>
/// Boot stages as a <c>cell.booted</c> body carries them, in microseconds. Measured, so replay copies them from the record.
/// <c>claim</c> is inbox row read → boot begins, and zero for a task no inbox row released (a dependent or a retry).
/// </summary>
public static class BootStagesJson
{
    internal static void Write(JcsWriter json, in BootStages stages)
    {
        json.BeginObject()
            .Name("claim").Integer(stages.ClaimUs)
            .Name("instantiate").Integer(stages.InstantiateUs)
            .Name("key").Integer(stages.KeyUs);
        if (stages.NetnsUs is { } netns)
        {
            json.Name("netns").Integer(netns);
        }

        json.Name("on_start").Integer(stages.OnStartUs)
            .Name("total").Integer(stages.TotalUs)
            .EndObject();
    }

    public static BootStages Read(JsonElement json) => new(
        json.GetProperty("claim").GetInt64(),
        json.GetProperty("key").GetInt64(),
        json.GetProperty("instantiate").GetInt64(),
        json.GetProperty("on_start").GetInt64(),
        json.GetProperty("total").GetInt64(),
        json.TryGetProperty("netns", out var netns) ? netns.GetInt64() : null);
}
