using System.Text.Json;
using Voxeltron.Cells;
using Voxeltron.Kernel;

namespace Voxeltron.Execution;

// What tasks asked for outside, and what came of it.
public sealed partial class MissionState
{
    /// <summary>What tasks wait to be answered.</summary>
    public RequestBook Requests { get; } = new();

    /// <summary>Somebody waits for an answer: then <see cref="Write"/> writes that too.</summary>
    public bool HasRequests => Requests.Open > 0;

    /// <summary>Somebody waits for a model's: then <see cref="Write"/> writes which of them those are.</summary>
    public bool HasModelCalls => Requests.HasModels;

    /// <summary>What cells of a profile may reach; null: nothing.</summary>
    // Hot path: per event.
    public EgressProfile? EgressOf(CellProfile profile) => Spec!.Egress.Count > 0 && Spec.Egress.TryGetValue(profile.Name, out var credential) ? credential.Profile : null;

    /// <summary>What cells of a profile may ask models for; null in a spec of the draft, which could not say.</summary>
    // Hot path: per event.
    public ModelGrant? ModelsOf(CellProfile profile) => Spec!.Models is { } models ? models.GetValueOrDefault(profile.Name, ModelGrant.None) : null;

    /// <summary>All the task waits for by ticket.</summary>
    public TicketState TicketsOf(string taskKey)
    {
        var timers = Timers.Of(taskKey);
        return timers with { Open = timers.Open + Requests.OpenOf(taskKey) };
    }

    /// <summary>The same while an event is handled that answers one of them.</summary>
    public TicketState TicketsDuring(string taskKey)
    {
        var all = TicketsOf(taskKey);
        return all with { Open = all.Open - 1 };
    }

    /// <summary>A server's answer was written down.</summary>
    public void Replied(string taskKey, long ticket, long seq) => Requests.Answered(taskKey, ticket, seq, null);

    /// <summary>That there will be none was written down.</summary>
    public void RequestFailed(string taskKey, IReadOnlyList<long> tickets, string code, long seq)
    {
        foreach (var ticket in tickets)
        {
            Requests.Answered(taskKey, ticket, seq, code);
        }
    }

    private void ApplyReply(string kind, JsonElement body, long seq)
    {
        var task = Text(body, "task");
        if (kind is EntryKinds.HttpReplied or EntryKinds.ModelReplied)
        {
            Replied(task, body.GetProperty("ticket").GetInt64(), seq);
            return;
        }

        if (kind == EntryKinds.ModelFailed)
        {
            RequestFailed(task, [body.GetProperty("ticket").GetInt64()], Text(body, "code"), seq);
            return;
        }

        RequestFailed(task, [.. body.GetProperty("tickets").EnumerateArray().Select(static ticket => ticket.GetInt64())], Text(body, "code"), seq);
    }
}
