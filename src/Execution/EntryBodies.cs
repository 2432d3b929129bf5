using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Execution;

/// <summary>
/// The bodies a host and its cells write. Canonical JSON with integers only; ids, counts, codes and digests, never input
/// data (docs/log.md lists each kind). Members are written in the order JCS wants: the writer asserts it.
/// </summary>
public static class EntryBodies
{
    private const int Version = 1;

    /// <param name="previousEpoch">The epoch of the entry before; 0 when the stream is new.</param>
    public static EntryDraft EpochBegan(HostId host, KeyId key, long epoch, long previousEpoch, SaltedPayload? secret)
    {
        var json = new JcsWriter();
        json.BeginObject();
        json.Name("epoch");
        json.Integer(epoch);
        json.Name("host");
        json.String(host.Hex);
        json.Name("kid");
        json.String(key.Value);
        secret?.WriteReference(json);
        json.Name("previous_epoch");
        json.Integer(previousEpoch);
        json.Name("reason");
        json.String(previousEpoch == 0 ? "claimed" : "takeover");
        return Close(json, EntryKinds.EpochBegan, Actors.Host(host), secret);
    }

    public static EntryDraft IntentRefused(HostId host, string code, Guid intent, long intentSeq, SaltedPayload detail)
    {
        var json = new JcsWriter();
        json.BeginObject();
        json.Name("code");
        json.String(code);
        json.Name("intent");
        json.String(intent.ToString("N"));
        json.Name("intent_seq");
        json.Integer(intentSeq);
        detail.WriteReference(json);
        return Close(json, EntryKinds.IntentRefused, Actors.Host(host), detail);
    }

    public static EntryDraft ModuleRegistered(HostId host, ModuleDigest module, int abiVersion, int imports, long submittedSeq)
    {
        var json = new JcsWriter();
        json.BeginObject();
        json.Name("abi");
        json.Integer(abiVersion);
        json.Name("digest");
        json.String(module.Value);
        json.Name("imports");
        json.Integer(imports);
        json.Name("submitted_seq");
        json.Integer(submittedSeq);
        return Close(json, EntryKinds.ModuleRegistered, Actors.Host(host), null);
    }

    public static EntryDraft ModuleRefused(HostId host, ModuleDigest module, string code, long submittedSeq, SaltedPayload reason)
    {
        var json = new JcsWriter();
        json.BeginObject();
        json.Name("code");
        json.String(code);
        json.Name("digest");
        json.String(module.Value);
        reason.WriteReference(json);
        json.Name("submitted_seq");
        json.Integer(submittedSeq);
        return Close(json, EntryKinds.ModuleRefused, Actors.Host(host), reason);
    }

    public static EntryDraft TaskDispatched(HostId host, CellId cell, string taskKey, int attempt, InputReference input)
    {
        var json = new JcsWriter();
        json.BeginObject();
        json.Name("attempt");
        json.Integer(attempt);
        json.Name("cell");
        json.String(cell.ToString());
        json.Name("input");
        input.Write(json);
        json.Name("task");
        json.String(taskKey);
        return Close(json, EntryKinds.TaskDispatched, Actors.Host(host), null);
    }

    /// <summary>Under the host seal this entry is the cell's delegation: it names the key that may seal what the cell does.</summary>
    public static EntryDraft CellBooted(HostId host, in BootRecord boot, SaltedPayload payload)
    {
        var json = new JcsWriter();
        json.BeginObject();
        json.Name("attempt");
        json.Integer(boot.Attempt);
        json.Name("cell");
        json.String(boot.Cell.ToString());
        json.Name("fingerprint");
        json.String(boot.Fingerprint);
        json.Name("fuel");
        json.Integer(boot.Fuel);
        json.Name("key");
        json.String(Convert.ToBase64String(boot.PublicKey));
        json.Name("kid");
        json.String(KeyId.Of(boot.PublicKey).Value);
        json.Name("module");
        json.String(boot.Module.Value);
        json.Name("now_us");
        json.Integer(boot.NowUs);
        json.Name("outcome");
        json.String("ready");
        payload.WriteReference(json);
        json.Name("profile");
        json.String(boot.Profile);
        json.Name("reason");
        json.String(boot.Resumed ? "resume" : "cold");
        json.Name("stages_us");
        boot.Stages.Write(json);
        json.Name("task");
        json.String(boot.TaskKey);
        json.Name("v");
        json.Integer(Version);
        json.Name("writes");
        json.Integer(boot.Writes);
        json.EndObject();
        return new EntryDraft(EntryKinds.CellBooted, Actors.Host(host), json.ToString(), payload.Payload, payload.Salt);
    }

    public static EntryDraft Action(in ActionRecord action, SaltedPayload payload)
    {
        var json = new JcsWriter();
        json.BeginObject();
        json.Name("attempt");
        json.Integer(action.Attempt);
        json.Name("cell");
        json.String(action.Cell.ToString());
        if (action.Code is not null)
        {
            json.Name("code");
            json.String(action.Code);
        }

        json.Name("event");
        json.String("task");
        json.Name("fuel");
        json.Integer(action.Fuel);
        json.Name("input");
        action.Input.Write(json);
        json.Name("now_us");
        json.Integer(action.NowUs);
        json.Name("outcome");
        json.String(action.Outcome);
        payload.WriteReference(json);
        json.Name("task");
        json.String(action.TaskKey);
        json.Name("v");
        json.Integer(Version);
        json.Name("writes");
        json.Integer(action.Writes);
        json.EndObject();
        return new EntryDraft(EntryKinds.Action, Actors.Cell(action.Cell), json.ToString(), payload.Payload, payload.Salt);
    }

    /// <summary>An event that left nothing behind. <paramref name="kind"/> is <c>action.aborted</c>, or <c>cell.boot_failed</c> when the cell never became ready.</summary>
    public static EntryDraft Aborted(string kind, HostId host, in AbortRecord abort)
    {
        var json = new JcsWriter();
        json.BeginObject();
        json.Name("attempt");
        json.Integer(abort.Attempt);
        json.Name("cell");
        json.String(abort.Cell.ToString());
        json.Name("code");
        json.String(abort.Code);
        json.Name("event");
        json.String(abort.Event);
        json.Name("fuel");
        json.Integer(abort.Fuel);
        if (kind == EntryKinds.CellBootFailed)
        {
            json.Name("module");
            json.String(abort.Module.Value);
        }

        json.Name("now_us");
        json.Integer(abort.NowUs);
        json.Name("task");
        json.String(abort.TaskKey);
        return Close(json, kind, Actors.Host(host), null);
    }

    public static EntryDraft CellStopped(HostId host, CellId cell, string reason)
    {
        var json = new JcsWriter();
        json.BeginObject();
        json.Name("cell");
        json.String(cell.ToString());
        json.Name("reason");
        json.String(reason);
        return Close(json, EntryKinds.CellStopped, Actors.Host(host), null);
    }

    public static EntryDraft TaskFailed(HostId host, string taskKey, int attempt, string code)
    {
        var json = new JcsWriter();
        json.BeginObject();
        json.Name("attempt");
        json.Integer(attempt);
        json.Name("code");
        json.String(code);
        json.Name("task");
        json.String(taskKey);
        return Close(json, EntryKinds.TaskFailed, Actors.Host(host), null);
    }

    public static EntryDraft TaskSkipped(HostId host, string taskKey, string upstream)
    {
        var json = new JcsWriter();
        json.BeginObject();
        json.Name("task");
        json.String(taskKey);
        json.Name("upstream");
        json.String(upstream);
        return Close(json, EntryKinds.TaskSkipped, Actors.Host(host), null);
    }

    public static EntryDraft MissionCompleted(HostId host, string status, MissionTally tally)
    {
        var json = new JcsWriter();
        json.BeginObject();
        json.Name("counts");
        json.BeginObject();
        json.Name("completed");
        json.Integer(tally.Completed);
        json.Name("failed");
        json.Integer(tally.Failed);
        json.Name("refused");
        json.Integer(tally.Refused);
        json.Name("skipped");
        json.Integer(tally.Skipped);
        json.Name("tasks");
        json.Integer(tally.Tasks);
        json.EndObject();
        json.Name("state_root");
        json.String(tally.StateRoot);
        json.Name("status");
        json.String(status);
        return Close(json, EntryKinds.MissionCompleted, Actors.Host(host), null);
    }

    private static EntryDraft Close(JcsWriter json, string kind, string actor, SaltedPayload? payload)
    {
        json.Name("v");
        json.Integer(Version);
        json.EndObject();
        return new EntryDraft(kind, actor, json.ToString(), payload?.Payload, payload?.Salt);
    }
}
