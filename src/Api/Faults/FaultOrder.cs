using System.Text.Json;
using Voxeltron.Api.Http;
using Voxeltron.Api.Missions;
using Voxeltron.Kernel;

namespace Voxeltron.Api.Faults;

/// <summary>The body of …/faults, <c>{"fault":"trap","cell":"cell_…"}</c> or with <c>task</c> in the cell's stead.</summary>
internal sealed record FaultOrder(InjectedFault Fault, CellId? Cell, string? Task)
{
    public const int MaxBodyBytes = 4 * 1024;

    public static FaultOrder Parse(byte[] json)
    {
        if (json.Length == 0)
        {
            throw new ProblemException(Problems.BodyEmpty, "Send {\"fault\":\"trap\",\"cell\":\"cell_…\"} as the body.");
        }

        using var document = JsonDocument.Parse(SpecCheck.Canonicalize(json));
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw new ProblemException(Problems.JsonNotObject, "A fault is asked for by one JSON object.");
        }

        InjectedFault? fault = null;
        CellId? cell = null;
        string? task = null;
        foreach (var member in document.RootElement.EnumerateObject())
        {
            var text = member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString() : null;
            switch (member.Name)
            {
                case "fault":
                    fault = InjectedFaults.TryParse(text, out var known) ? known : throw ProblemException.Parameter("fault", "use one of " + string.Join(", ", InjectedFaults.Words));
                    break;
                case "cell":
                    cell = text?.StartsWith("cell_", StringComparison.Ordinal) == true && CellId.TryParse(text, out var id) ? id : throw ProblemException.Parameter("cell", "use cell_ and 32 hex digits");
                    break;
                case "task":
                    task = Parameters.TaskKey(text);
                    break;
                default:
                    throw ProblemException.Parameter(member.Name, "is not known here; a fault has fault, and cell or task");
            }
        }

        return fault is null ? throw ProblemException.Parameter("fault", "use one of " + string.Join(", ", InjectedFaults.Words))
            : cell is null == task is null ? throw ProblemException.Parameter("cell", "name one target: the cell, or the task whose cell it is")
            : new FaultOrder(fault.Value, cell, task);
    }
}
