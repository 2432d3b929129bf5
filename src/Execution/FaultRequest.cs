using System.Text.Json;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Execution;

/// <summary>A fault that somebody asked for, and the host has not answered yet.</summary>
/// <param name="Seq">The intent's entry.</param>
/// <param name="Cell">The live cell it is for; null when it was named by its task.</param>
/// <param name="TaskKey">The task whose live cell it is for; null when the cell was named.</param>
/// <param name="CallerKey">The API key that asked; null when an operator's own key signed.</param>
/// <param name="CallerRole">Its role.</param>
public sealed record FaultRequest(long Seq, InjectedFault Fault, CellId? Cell, string? TaskKey, string? CallerKey, string? CallerRole)
{
    /// <returns>Null when the intent says no fault and one target: whoever signed it meant something this build does not know.</returns>
    public static FaultRequest? Of(Entry entry)
    {
        using var document = JsonDocument.Parse(entry.Body.Utf8);
        var body = document.RootElement;
        var (cell, task) = (Text(body, "cell"), Text(body, "task"));
        CellId? id = CellId.TryParse(cell, out var parsed) ? parsed : null;
        if (!InjectedFaults.TryParse(Text(body, "fault"), out var fault) || cell is null == task is null || (cell is not null && id is null))
        {
            return null;
        }

        var caller = body.TryGetProperty("caller", out var found) ? found : default;
        return new FaultRequest(entry.Header.Seq, fault, id, task, Text(caller, "key"), Text(caller, "role"));
    }

    private static string? Text(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

/// <summary>A cell whose next event is to be a fault.</summary>
/// <param name="Seq">The <c>fault.injected</c> that says so.</param>
public sealed record ArmedFault(CellId Cell, InjectedFault Fault, long Seq);
