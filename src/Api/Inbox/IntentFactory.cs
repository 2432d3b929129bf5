using System.Security.Cryptography;
using Voxeltron.Api.Auth;
using Voxeltron.Api.Gates;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Api.Inbox;

/// <summary>
/// Makes the acts of callers, for <see cref="InboxCommitter"/> to sign with the Api's key: the caller's key id and role stand
/// inside the body, so the log says who asked and the Api vouches for having authenticated them. Bodies carry names and
/// digests, inputs travel as payload.
/// </summary>
internal sealed class IntentFactory(ISigner signer, TimeProvider clock)
{
    private const int SaltBytes = PayloadDigest.SaltBytes;
    private readonly string _actor = Actors.Key("api", signer.KeyId);

    public Intent ModuleSubmitted(Caller caller, ModuleDigest digest, string name, byte[] wasm) =>
        Build(caller, StreamId.System(caller.Tenant), EntryKinds.ModuleSubmitted, wasm, json => json
            .Name("digest").String(digest.Value)
            .Name("name").String(name)
            .Name("size").Integer(wasm.Length));

    public Intent MissionSubmitted(Caller caller, MissionId mission, string name, byte[] canonicalSpec) =>
        Build(caller, StreamId.Of(mission), EntryKinds.MissionSubmitted, canonicalSpec, json => json
            .Name("name").String(name)
            .Name("spec_digest").String(Convert.ToHexStringLower(SHA256.HashData(canonicalSpec))));

    public Intent InputSubmitted(Caller caller, MissionId mission, string input, string item, byte[] bytes) =>
        Build(caller, StreamId.Of(mission), EntryKinds.InputSubmitted, bytes, json => json
            .Name("input").String(input)
            .Name("item").String(item));

    public Intent InputClosed(Caller caller, MissionId mission, string input) =>
        Build(caller, StreamId.Of(mission), EntryKinds.InputClosed, null, json => json.Name("input").String(input));

    public Intent CancelRequested(Caller caller, MissionId mission) =>
        Build(caller, StreamId.Of(mission), EntryKinds.MissionCancelRequested, null, static json => { });

    /// <param name="sql">UTF-8, as the caller wrote it.</param>
    public Intent ViewDeclared(Caller caller, MissionId mission, string view, bool published, byte[] sql) =>
        Build(caller, StreamId.Of(mission), EntryKinds.ViewDeclared, sql, json => json
            .Name("published").Boolean(published)
            .Name("view").String(view));

    /// <param name="declared">Whose tasks it is about: the module as the mission's spec names it.</param>
    public Intent ReloadRequested(Caller caller, MissionId mission, ModuleDigest declared, ModuleDigest to) =>
        Build(caller, StreamId.Of(mission), EntryKinds.ModuleReloadRequested, null, json => json
            .Name("declared").String(declared.Value)
            .Name("to").String(to.Value));

    public Intent RollbackRequested(Caller caller, MissionId mission, ModuleDigest declared) =>
        Build(caller, StreamId.Of(mission), EntryKinds.ModuleRollbackRequested, null, json => json.Name("declared").String(declared.Value));

    /// <param name="cell">Null when it is named by its task.</param>
    public Intent FaultInjectRequested(Caller caller, MissionId mission, InjectedFault fault, CellId? cell, string? task) =>
        Build(caller, StreamId.Of(mission), EntryKinds.FaultInjectRequested, null, json =>
        {
            if (cell is { } id)
            {
                json.Name("cell").String(id.ToString());
            }

            json.Name("fault").String(fault.Word());
            if (task is not null)
            {
                json.Name("task").String(task);
            }
        });

    /// <param name="more">Amounts by dimension.</param>
    public Intent BudgetTopUpRequested(Caller caller, MissionId mission, IReadOnlyList<KeyValuePair<string, long>> more) =>
        Build(caller, StreamId.Of(mission), EntryKinds.BudgetTopUpRequested, null, json =>
        {
            json.Name("more").BeginObject();
            foreach (var (dimension, amount) in more.OrderBy(static one => one.Key, StringComparer.Ordinal))
            {
                json.Name(dimension).Integer(amount);
            }

            json.EndObject();
        });

    public Intent PauseRequested(Caller caller, MissionId mission, bool pause) =>
        Build(caller, StreamId.Of(mission), pause ? EntryKinds.MissionPauseRequested : EntryKinds.MissionResumeRequested, null, static json => { });

    public Intent RetryRequested(Caller caller, MissionId mission, string task) =>
        Build(caller, StreamId.Of(mission), EntryKinds.TaskRetryRequested, null, json => json.Name("task").String(task));

    /// <param name="digest">Of the document that was decided on.</param>
    /// <param name="signature">By the approver's own key; null: the Api alone attests who decided.</param>
    /// <param name="comment">UTF-8; null where nothing was written.</param>
    public Intent GateDecisionSubmitted(Caller caller, MissionId mission, long openedSeq, bool approves, string digest, ApproverSignature? signature, byte[]? comment) =>
        Build(caller, StreamId.Of(mission), EntryKinds.GateDecisionSubmitted, comment, json =>
        {
            json.Name("decision").String(approves ? GateStatement.Approve : GateStatement.Deny);
            json.Name("digest").String(digest);
            json.Name("gate").Integer(openedSeq);
            if (signature is not null)
            {
                json.Name("signature").BeginObject();
                json.Name("approver").String(signature.Approver);
                json.Name("kid").String(signature.Kid);
                json.Name("sig").Base64(signature.Sig);
                json.EndObject();
            }
        });

    public Intent ApproverEnrolled(Caller caller, string name, string principal, byte[] publicKey) =>
        Build(caller, StreamId.System(caller.Tenant), EntryKinds.ApproverEnrolled, null, json => json
            .Name("key").Base64(publicKey)
            .Name("kid").String(KeyId.Of(publicKey).Value)
            .Name("name").String(name)
            .Name("principal").String(principal));

    public Intent ApproverRevoked(Caller caller, string name) =>
        Build(caller, StreamId.System(caller.Tenant), EntryKinds.ApproverRevoked, null, json => json.Name("name").String(name));

    /// <param name="envelope">As it was handed in, canonical.</param>
    public Intent ModelsDeclared(Caller caller, ModelsCredential credential, byte[] envelope) =>
        Build(caller, StreamId.System(caller.Tenant), EntryKinds.ModelsDeclared, envelope, json => json
            .Name("digest").String(credential.Digest)
            .Name("providers").Integer(credential.Catalog.Providers.Count)
            .Name("serial").Integer(credential.Catalog.Serial));

    public Intent AirGapSet(Caller caller, bool on) =>
        Build(caller, StreamId.System(caller.Tenant), EntryKinds.AirGapSet, null, json => json.Name("on").Boolean(on));

    /// <param name="rest">Members after <c>caller</c>, in key order.</param>
    private Intent Build(Caller caller, StreamId stream, string kind, byte[]? payload, Action<JcsWriter> rest) => IntentBuilder.Draft(
        signer.KeyId,
        _actor,
        caller.Tenant,
        stream,
        kind,
        clock.NowUs(),
        Guid.NewGuid(),
        json =>
        {
            json.Name("caller").BeginObject()
                .Name("key").String(caller.KeyId)
                .Name("role").String(caller.Role)
                .EndObject();
            rest(json);
        },
        payload,
        payload is null ? null : RandomNumberGenerator.GetBytes(SaltBytes));
}
