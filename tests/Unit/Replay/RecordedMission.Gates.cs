using System.Text;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Tests.Unit.Ultra;
using Voxeltron.Ultra;

namespace Voxeltron.Tests.Unit.Replay;

// Missions whose tasks stand behind a gate. What people say to each, the item's name tells: .deny, .late, else they approve.
public sealed partial class RecordedMission
{
    public static readonly EnrolledApprover Grey = new("dr.grey", "k-grey", TestKeys.Signer(21).PublicKey, 7);

    private static readonly byte[] s_nonce = [.. Enumerable.Range(1, GateDocument.NonceBytes).Select(static i => (byte)i)];

    private readonly string? _gate;

    /// <summary>Two approve the first, one of them with their own key; the second is denied, and nobody looks at the third in time.</summary>
    public static RecordedMission Gated(bool escalates = false) => Gated(escalates, "count", "count.deny", "count.late");

    public static RecordedMission Gated(bool escalates, params string[] items) => new(
        Misbehave, items, gate: $$"""{"quorum": 2, "roles": ["approver", "operator"], "expires_ms": 100{{(escalates ? ", \"on_expiry\": \"escalate\"" : "")}}}""");

    /// <returns>Whether an entry was written.</returns>
    private bool StepGates()
    {
        switch (_state.Machine.NextGateStep(NowUs))
        {
            case GateStep.Open open:
                Open(open);
                return true;
            case GateStep.Expire due:
                Apply(EntryBodies.GateExpired(Host, due.Gate));
                if (due.Gate.Rule.Escalates)
                {
                    Decide(due.Gate, approves: true, "k-grey", signed: true);
                    Decide(due.Gate, approves: true, "k-bob");
                }

                return true;
            default:
                return false;
        }
    }

    private void Open(GateStep.Open open)
    {
        var task = open.Task;
        var item = _honest[(int)task.Input.Seq - 1];
        var document = GateDocument.OfTask(_state, task, open.Rule, new InputReference(InputKind.Item, task.Input.Seq), item.Payload, s_nonce);
        Apply(EntryBodies.GateOpened(Host, open.Rule.Name, task.TaskKey, null, 0, task.Module, _state.RequestersOf(task.TaskKey), new SaltedPayload(document, Salt)));
        var gate = _state.Gates.OfTask(task.TaskKey)!;
        if (task.TaskKey.EndsWith(".late", StringComparison.Ordinal))
        {
            return;
        }

        Refused(gate);
        Decide(gate, approves: true, "k-grey", signed: true);
        Decide(gate, approves: !task.TaskKey.EndsWith(".deny", StringComparison.Ordinal), "k-bob");
    }

    private void Decide(Gate gate, bool approves, string key, bool signed = false)
    {
        Intent(EntryKinds.GateDecisionSubmitted, json => Write(json, gate, gate.Digest, approves, key, signed), Encoding.UTF8.GetBytes("read it"));
        var decision = _state.SubmittedDecision!;
        Apply(EntryBodies.GateDecided(Host, _state.Preview(decision), decision, signed ? Grey : null));
    }

    private void Refused(Gate gate)
    {
        Intent(EntryKinds.GateDecisionSubmitted, json => Write(json, gate, new string('0', 64), approves: true, "k-bob", signed: false), null);
        var decision = _state.SubmittedDecision!;
        Apply(EntryBodies.IntentRefused(Host, _state.DecisionRefusal(decision)!, decision.Intent, decision.Seq, new SaltedPayload("{}"u8.ToArray(), Salt)));
    }

    private static void Write(JcsWriter json, Gate gate, string digest, bool approves, string key, bool signed)
    {
        json.Name("caller").BeginObject().Name("key").String(key).Name("role").String(signed ? "approver" : "operator").EndObject();
        json.Name("decision").String(approves ? GateStatement.Approve : GateStatement.Deny);
        json.Name("digest").String(digest);
        json.Name("gate").Integer(gate.OpenedSeq);
        if (signed)
        {
            json.Name("signature").BeginObject();
            json.Name("approver").String(Grey.Name);
            json.Name("kid").String(Grey.Kid.Value);
            json.Name("sig").Base64(GateStatement.Sign(TestKeys.Signer(21), Tenant, Mission, gate.OpenedSeq, digest, approves));
            json.EndObject();
        }
    }
}
