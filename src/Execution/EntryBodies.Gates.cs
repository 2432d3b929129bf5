using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Ultra;

namespace Voxeltron.Execution;

// Human gates.
public static partial class EntryBodies
{
    /// <param name="document">What <see cref="GateDocument"/> wrote: all of it stands in the payload alone.</param>
    public static EntryDraft GateOpened(HostId host, string gate, string taskKey, CellId? cell, long ticket, ModuleDigest module, IReadOnlyList<string> requesters, SaltedPayload document)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        if (cell is { } asking)
        {
            json.Name("cell").String(asking.ToString());
        }

        json.Name("digest").String(GateDocument.Digest(document.Payload));
        json.Name("gate").String(gate);
        json.Name("module").String(module.Value);
        document.WriteReference(json);
        GateDocument.WriteList(json, "requesters", requesters);
        json.Name("task").String(taskKey);
        WriteTicket(json, ticket);
        return Close(json, EntryKinds.GateOpened, Actors.Host(host), document);
    }

    /// <param name="after">The gate with this decision counted.</param>
    /// <param name="enrolled">Whose key signed it; null where Api alone attests who decided.</param>
    public static EntryDraft GateDecided(HostId host, Gate after, GateDecision decision, EnrolledApprover? enrolled)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        json.Name("approvals").Integer(after.Approvals.Count);
        if (enrolled is not null)
        {
            json.Name("approver").String(enrolled.Name);
        }

        json.Name("by").String(enrolled is null ? "attested" : "signed");
        json.Name("decision").String(decision.Approves ? GateStatement.Approve : GateStatement.Deny);
        json.Name("decision_seq").Integer(decision.Seq);
        json.Name("digest").String(after.Digest);
        if (enrolled is not null)
        {
            json.Name("enrolled_seq").Integer(enrolled.EnrolledSeq);
        }

        json.Name("gate").String(after.Rule.Name);
        if (enrolled is not null)
        {
            json.Name("key").String(Convert.ToBase64String(enrolled.PublicKey));
            json.Name("kid").String(enrolled.Kid.Value);
        }

        json.Name("opened_seq").Integer(after.OpenedSeq);
        json.Name("principal").String(decision.Principal);
        json.Name("quorum").Integer(after.Rule.Quorum);
        json.Name("role").String(decision.Role);
        json.Name("state").String(after.Word);
        json.Name("task").String(after.TaskKey);
        WriteTicket(json, after.Ticket);
        return Close(json, EntryKinds.GateDecided, Actors.Host(host), null);
    }

    /// <param name="decisionSeq">The approval that would have been the last one needed; 0 where nobody's was looked at.</param>
    public static EntryDraft GateVoided(HostId host, Gate gate, string code, long decisionSeq)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        json.Name("code").String(code);
        if (decisionSeq != 0)
        {
            json.Name("decision_seq").Integer(decisionSeq);
        }

        json.Name("gate").String(gate.Rule.Name);
        json.Name("opened_seq").Integer(gate.OpenedSeq);
        json.Name("task").String(gate.TaskKey);
        WriteTicket(json, gate.Ticket);
        return Close(json, EntryKinds.GateVoided, Actors.Host(host), null);
    }

    /// <summary><c>gate.expired</c>, or <c>gate.escalated</c> where the rule says so.</summary>
    public static EntryDraft GateExpired(HostId host, Gate gate)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        json.Name("expires_us").Integer(gate.ExpiresUs ?? throw new InvariantException($"Gate {gate.OpenedSeq} has no time that could be over."));
        json.Name("gate").String(gate.Rule.Name);
        json.Name("opened_seq").Integer(gate.OpenedSeq);
        json.Name("task").String(gate.TaskKey);
        WriteTicket(json, gate.Ticket);
        return Close(json, gate.Rule.Escalates ? EntryKinds.GateEscalated : EntryKinds.GateExpired, Actors.Host(host), null);
    }

    /// <summary>Only what a cell asked has one.</summary>
    private static void WriteTicket(JcsWriter json, long ticket)
    {
        if (ticket != 0)
        {
            json.Name("ticket").Integer(ticket);
        }
    }
}
