using System.Text.Json;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

// Approvers: an operator says whose own key counts, and when it counts no more.
internal sealed partial class SystemHandler
{
    private readonly Dictionary<string, EnrolledApprover> _approvers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _enrolledUs = new(StringComparer.Ordinal);
    private List<ApproverRow> _changedApprovers = [];

    // The act folded last, and what it put an end to: a refusal directly behind it takes it back.
    private (long Seq, string Name, EnrolledApprover? Before)? _lastAct;

    private void AcceptApprover(StreamWriter writer, ArrivedIntent pending, Entry entry)
    {
        using var body = JsonDocument.Parse(entry.Body.Utf8);
        if (ApproverRefusal(entry, body.RootElement) is { } refusal)
        {
            writer.Append(Refusals.Intent(host, refusal.Code, pending.Intent.Id, entry.Header.Seq, refusal.Reason));
            return;
        }

        var name = body.RootElement.GetText("name")!;
        var (before, enrolledUs) = (_approvers.GetValueOrDefault(name), _enrolledUs.GetValueOrDefault(name));
        Fold(entry, body.RootElement);
        var approver = entry.Header.Kind == EntryKinds.ApproverEnrolled ? _approvers[name] : before!;
        var isRevoked = entry.Header.Kind == EntryKinds.ApproverRevoked;
        _changedApprovers.Add(new ApproverRow(
            tenant, name, approver.EnrolledSeq, approver.Principal, approver.PublicKey, approver.Kid.Value, isRevoked ? enrolledUs : entry.Header.TimeUs,
            isRevoked ? entry.Header.Seq : null, isRevoked ? entry.Header.TimeUs : null));
    }

    /// <summary>An operator's act alone: whoever may enrol may decide who approves.</summary>
    private (string Code, string Reason)? ApproverRefusal(Entry entry, JsonElement body)
    {
        if (body.GetObject("caller")?.GetText("role") != ApiRoles.Operator)
        {
            return (GateCodes.Role, "Approvers are enrolled and revoked by operators.");
        }

        var name = body.GetText("name");
        if (!Ninmu.ItemKeys.IsValid(name ?? "") || (entry.Header.Kind == EntryKinds.ApproverEnrolled && EnrolledApprover.TryParse(body, entry.Header.Seq) is null))
        {
            return (GateCodes.ApproverMalformed, "Name an approver, and to enrol one the public key, its id and the API key their decisions come with.");
        }

        var isKnown = _approvers.ContainsKey(name!);
        return entry.Header.Kind == EntryKinds.ApproverEnrolled
            ? isKnown ? (GateCodes.ApproverKnown, $"'{name}' is enrolled; revoke that key first.") : null
            : isKnown ? null : (GateCodes.ApproverUnknown, $"Nobody is enrolled as '{name}'.");
    }

    private void RecoverApprover(Entry entry)
    {
        using var body = JsonDocument.Parse(entry.Body.Utf8);
        if (body.RootElement.GetText("name") is { } name && ApproverRefusal(entry, body.RootElement) is null)
        {
            _lastAct = (entry.Header.Seq, name, _approvers.GetValueOrDefault(name));
            Fold(entry, body.RootElement);
        }
    }

    /// <summary>An owner of another build refused what this one would take: its word stands.</summary>
    private void ForgetRefused(Entry refusal)
    {
        using var body = JsonDocument.Parse(refusal.Body.Utf8);
        if (_lastAct is not { } act || body.RootElement.GetInteger("intent_seq") != act.Seq)
        {
            return;
        }

        _approvers.Remove(act.Name);
        if (act.Before is { } before)
        {
            _approvers[act.Name] = before;
        }
    }

    private void Fold(Entry entry, JsonElement body)
    {
        var name = body.GetText("name")!;
        if (entry.Header.Kind == EntryKinds.ApproverRevoked)
        {
            _approvers.Remove(name);
            return;
        }

        _approvers[name] = EnrolledApprover.TryParse(body, entry.Header.Seq)!;
        _enrolledUs[name] = entry.Header.TimeUs;
    }

    private List<ApproverRow> DrainApprovers()
    {
        var changed = _changedApprovers;
        _changedApprovers = [];
        return changed;
    }
}
