using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Execution;

/// <summary>
/// The bodies a host and its cells write. Canonical JSON with integers only; ids, counts, codes and digests, never input
/// data (docs/log.md lists each kind). Members are written in the order JCS wants: the writer asserts it.
/// </summary>
public static partial class EntryBodies
{
    private const int Version = 1;

    /// <param name="previousEpoch">The epoch of the entry before; 0 when the stream is new.</param>
    public static EntryDraft EpochBegan(HostId host, KeyId key, long epoch, long previousEpoch, SaltedPayload? secret)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        json.Name("epoch").Integer(epoch);
        json.Name("host").String(host.Hex);
        json.Name("kid").String(key.Value);
        secret?.WriteReference(json);
        json.Name("previous_epoch").Integer(previousEpoch);
        json.Name("reason").String(previousEpoch == 0 ? "claimed" : "takeover");
        return Close(json, EntryKinds.EpochBegan, Actors.Host(host), secret);
    }

    public static EntryDraft IntentRefused(HostId host, string code, Guid intent, long intentSeq, SaltedPayload detail)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        json.Name("code").String(code);
        json.Name("intent").String(intent.ToString("N"));
        json.Name("intent_seq").Integer(intentSeq);
        detail.WriteReference(json);
        return Close(json, EntryKinds.IntentRefused, Actors.Host(host), detail);
    }

    public static EntryDraft ModuleRegistered(HostId host, ModuleDigest module, int abiVersion, int imports, long submittedSeq, string? staysWarm)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        json.Name("abi").Integer(abiVersion);
        json.Name("digest").String(module.Value);
        json.Name("imports").Integer(imports);
        if (staysWarm is not null)
        {
            json.Name("stays_warm").String(staysWarm);
        }

        json.Name("submitted_seq").Integer(submittedSeq);
        return Close(json, EntryKinds.ModuleRegistered, Actors.Host(host), null);
    }

    public static EntryDraft ModuleRefused(HostId host, ModuleDigest module, string code, long submittedSeq, SaltedPayload reason)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        json.Name("code").String(code);
        json.Name("digest").String(module.Value);
        reason.WriteReference(json);
        json.Name("submitted_seq").Integer(submittedSeq);
        return Close(json, EntryKinds.ModuleRefused, Actors.Host(host), reason);
    }

    public static EntryDraft MissionCompleted(HostId host, string status, MissionTally tally)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        json.Name("counts").BeginObject();
        json.Name("cancelled").Integer(tally.Cancelled);
        json.Name("completed").Integer(tally.Completed);
        json.Name("failed").Integer(tally.Failed);
        json.Name("refused").Integer(tally.Refused);
        json.Name("skipped").Integer(tally.Skipped);
        json.Name("tasks").Integer(tally.Tasks);
        json.EndObject();
        json.Name("state_root").String(tally.StateRoot);
        json.Name("status").String(status);
        return Close(json, EntryKinds.MissionCompleted, Actors.Host(host), null);
    }

    /// <summary>The state as of the entry before this one (DESIGN §5): whoever replays it computes the same root, or it is wrong.</summary>
    public static EntryDraft SnapshotTaken(HostId host, byte[] root, byte[] stateRoot, long size)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        json.Name("root").Hex(root);
        json.Name("size").Integer(size);
        json.Name("state_root").Hex(stateRoot);
        return Close(json, EntryKinds.SnapshotTaken, Actors.Host(host), null);
    }

    /// <summary>A view that got other SQL, or is new: its rows as this host computed them from the tables.</summary>
    /// <param name="declaredSeq">The intent that gave the SQL.</param>
    /// <param name="root"><see cref="Cosmictron.MissionViews.Root"/>.</param>
    public static EntryDraft ViewBuilt(HostId host, string view, long declaredSeq, int rows, byte[] root)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        json.Name("declared_seq").Integer(declaredSeq);
        json.Name("root").Hex(root);
        json.Name("rows").Integer(rows);
        json.Name("v").Integer(Version);
        json.Name("view").String(view);
        return Finish(json, EntryKinds.ViewBuilt, Actors.Host(host), null);
    }

    private static EntryDraft Close(JcsWriter json, string kind, string actor, SaltedPayload? payload)
    {
        json.Name("v").Integer(Version);
        return Finish(json, kind, actor, payload);
    }

    private static EntryDraft Finish(JcsWriter json, string kind, string actor, SaltedPayload? payload)
    {
        json.EndObject();
        var body = new EntryBody(json.ToArray());
        json.Return();
        return new EntryDraft(kind, actor, body, payload?.Payload, payload?.Salt);
    }
}
