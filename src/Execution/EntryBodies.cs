using Voxeltron.Cells;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
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

    public static EntryDraft TaskDispatched(HostId host, CellId cell, string taskKey, int attempt, InputReference input, bool isLong = false)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        json.Name("attempt").Integer(attempt);
        json.Name("cell").String(cell.ToString());
        json.Name("input");
        input.Write(json);
        if (isLong)
        {
            json.Name("long").Boolean(true);
        }

        json.Name("task").String(taskKey);
        return Close(json, EntryKinds.TaskDispatched, Actors.Host(host), null);
    }

    /// <summary>Under the host seal this entry is the cell's delegation: it names the key that may seal what the cell does.</summary>
    public static EntryDraft CellBooted(HostId host, in BootRecord boot, SaltedPayload payload)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        json.Name("attempt").Integer(boot.Attempt);
        json.Name("cell").String(boot.Cell.ToString());
        json.Name("fingerprint").String(boot.Fingerprint);
        json.Name("fuel").Integer(boot.Fuel);
        json.Name("key").String(Convert.ToBase64String(boot.PublicKey));
        json.Name("kid").String(KeyId.Of(boot.PublicKey).Value);
        json.Name("module").String(boot.Module.Value);
        if (boot.Netns is not null)
        {
            json.Name("netns").String(boot.Netns);
        }

        json.Name("now_us").Integer(boot.NowUs);
        json.Name("outcome").String("ready");
        payload.WriteReference(json);
        json.Name("profile").String(boot.Profile);
        json.Name("reason").String(boot.Reason);
        json.Name("stages_us");
        BootStagesJson.Write(json, boot.Stages);
        json.Name("task").String(boot.TaskKey);
        json.Name("v").Integer(Version);
        if (boot.Warm)
        {
            json.Name("warm").Boolean(true);
        }

        json.Name("writes").Integer(boot.Writes);
        return Finish(json, EntryKinds.CellBooted, Actors.Host(host), payload);
    }

    public static EntryDraft Action(in ActionRecord action, SaltedPayload payload) =>
        Action(action, payload, action.Cell.ToString(), Actors.Cell(action.Cell));

    /// <summary>The same, with the cell's names made before.</summary>
    public static EntryDraft Action(in ActionRecord action, SaltedPayload payload, string cellName, string actor)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        json.Name("attempt").Integer(action.Attempt);
        json.Name("cell").String(cellName);
        if (action.Code is not null)
        {
            json.Name("code").String(action.Code);
        }

        WriteDenied(json, action.Denied);
        json.Name("event").String(action.Event.Word);
        WriteFrom(json, action.Event);
        json.Name("fuel").Integer(action.Fuel);
        if (action.Event.IsTask)
        {
            json.Name("input");
            action.Input.Write(json);
        }

        json.Name("now_us").Integer(action.NowUs);
        json.Name("outcome").String(action.Outcome);
        payload.WriteReference(json);
        WriteReply(json, action.Event);
        WriteSubscription(json, action.Event);
        json.Name("task").String(action.TaskKey);
        WriteTo(json, action.Event);
        json.Name("v").Integer(Version);
        WriteView(json, action.Event);
        json.Name("writes").Integer(action.Writes);
        return Finish(json, EntryKinds.Action, actor, payload);
    }

    /// <summary>An event that left nothing behind. <paramref name="kind"/> is <c>action.aborted</c>, or <c>cell.boot_failed</c> when the cell never became ready.</summary>
    public static EntryDraft Aborted(string kind, HostId host, in AbortRecord abort)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        json.Name("attempt").Integer(abort.Attempt);
        if (abort.ByView is not null)
        {
            json.Name("by_view").String(abort.ByView);
        }

        json.Name("cell").String(abort.Cell.ToString());
        json.Name("code").String(abort.Code);
        WriteDenied(json, abort.Denied);
        json.Name("event").String(abort.AtBoot ? "start" : abort.Event.Word);
        if (abort.IsClassed && Faults.Of(abort.Code).Word() is { } fault)
        {
            json.Name("fault").String(fault);
        }

        if (abort.Fingerprint is not null)
        {
            json.Name("fingerprint").String(abort.Fingerprint);
        }

        WriteFrom(json, abort.Event);
        json.Name("fuel").Integer(abort.Fuel);
        if (kind == EntryKinds.CellBootFailed)
        {
            json.Name("module").String(abort.Module.Value);
        }

        json.Name("now_us").Integer(abort.NowUs);
        if (abort.OfReload)
        {
            json.Name("reload").Boolean(true);
        }

        WriteReply(json, abort.Event);
        WriteSubscription(json, abort.Event);
        json.Name("task").String(abort.TaskKey);
        WriteTo(json, abort.Event);
        json.Name("v").Integer(Version);
        WriteView(json, abort.Event);
        return Finish(json, kind, Actors.Host(host), null);
    }

    public static EntryDraft CellStopped(HostId host, CellId cell, string reason)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        json.Name("cell").String(cell.ToString());
        json.Name("reason").String(reason);
        return Close(json, EntryKinds.CellStopped, Actors.Host(host), null);
    }

    public static EntryDraft TaskFailed(HostId host, string taskKey, int attempt, string code)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        json.Name("attempt").Integer(attempt);
        json.Name("code").String(code);
        json.Name("task").String(taskKey);
        return Close(json, EntryKinds.TaskFailed, Actors.Host(host), null);
    }

    public static EntryDraft TaskSkipped(HostId host, string taskKey, string upstream)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        json.Name("task").String(taskKey);
        json.Name("upstream").String(upstream);
        return Close(json, EntryKinds.TaskSkipped, Actors.Host(host), null);
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

    /// <param name="cells">Tasks whose cells are to be replaced.</param>
    public static EntryDraft ModuleReloadBegan(HostId host, ModuleReload reload, int cells) => OfReload(EntryKinds.ModuleReloadBegan, host, reload, cells, null);

    /// <summary>New cells run the new version from here on.</summary>
    /// <param name="cells">Swaps there were.</param>
    public static EntryDraft ModuleReloaded(HostId host, ModuleReload reload, int cells) => OfReload(EntryKinds.ModuleReloaded, host, reload, cells, null);

    /// <param name="code">Why: the code of the boot that failed, or the host's own.</param>
    public static EntryDraft ModuleReloadFailed(HostId host, ModuleReload reload, string code) => OfReload(EntryKinds.ModuleReloadFailed, host, reload, null, code);

    /// <param name="reload">With what it failed by.</param>
    /// <param name="cells">Cells that went back.</param>
    public static EntryDraft ModuleRestored(HostId host, ModuleReload reload, int cells) => OfReload(EntryKinds.ModuleRestored, host, reload, cells, reload.FailedBy);

    private static EntryDraft OfReload(string kind, HostId host, ModuleReload reload, int? cells, string? code)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        if (cells is { } count)
        {
            json.Name("cells").Integer(count);
        }

        if (code is not null)
        {
            json.Name("code").String(code);
        }

        json.Name("declared").String(reload.Declared.Value);
        json.Name("from").String(reload.From.Value);
        json.Name("requested_seq").Integer(reload.RequestedSeq);
        json.Name("to").String(reload.To.Value);
        return Close(json, kind, Actors.Host(host), null);
    }

    /// <summary>A crash loop that is to be written: its opening, or, when it has a resolution, its closing.</summary>
    public static EntryDraft OfIncident(HostId host, Incident incident)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        if (incident.Resolution is { } resolution)
        {
            json.Name("faults").Integer(incident.Faults);
            json.Name("holds").Integer(incident.Holds);
            json.Name("opened_seq").Integer(incident.OpenedSeq);
            json.Name("profile").String(incident.Profile);
            json.Name("resolution").String(resolution);
            if (incident.ClosedBy is { } task)
            {
                json.Name("task").String(task);
            }

            return Close(json, EntryKinds.IncidentClosed, Actors.Host(host), null);
        }

        var newest = incident.Newest;
        json.Name("cell").String(newest.Cell.ToString());
        json.Name("code").String(newest.Code);
        json.Name("fault").String(newest.Fault.Word()!);
        json.Name("fault_seq").Integer(newest.Seq);
        json.Name("faults").Integer(incident.Faults);
        json.Name("hold_ms").Integer(incident.Policy.HoldMs);
        json.Name("intensity").Integer(incident.Policy.Intensity);
        json.Name("period_ms").Integer(incident.Policy.PeriodMs);
        json.Name("profile").String(incident.Profile);
        json.Name("task").String(newest.TaskKey);
        return Close(json, EntryKinds.IncidentOpened, Actors.Host(host), null);
    }

    /// <summary>A fault is about to happen: written before it does.</summary>
    public static EntryDraft FaultInjected(HostId host, InjectedTarget injected)
    {
        var request = injected.Request;
        var json = JcsWriter.Rent();
        json.BeginObject();
        if (request.CallerKey is { } key)
        {
            json.Name("caller").BeginObject();
            json.Name("key").String(key);
            if (request.CallerRole is { } role)
            {
                json.Name("role").String(role);
            }

            json.EndObject();
        }

        json.Name("cell").String(injected.Cell.ToString());
        json.Name("does").String(request.Fault.Deed());
        json.Name("fault").String(request.Fault.Word());
        json.Name("profile").String(injected.Profile);
        json.Name("requested_seq").Integer(request.Seq);
        json.Name("task").String(injected.TaskKey);
        return Close(json, EntryKinds.FaultInjected, Actors.Host(host), null);
    }

    /// <summary>A server answered. The cell is told by a later action, whichever attempt that is of.</summary>
    public static EntryDraft HttpReplied(HostId host, in HttpReplyRecord reply, SaltedPayload payload)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        json.Name("bytes").Integer(reply.Bytes);
        payload.WriteReference(json);
        json.Name("redirects").Integer(reply.Redirects);
        json.Name("status").Integer(reply.Status);
        json.Name("task").String(reply.TaskKey);
        json.Name("ticket").Integer(reply.Ticket);
        json.Name("us").Integer(reply.Us);
        return Close(json, EntryKinds.HttpReplied, Actors.Host(host), payload);
    }

    /// <summary>Requests of one task that got no answer, all for one reason.</summary>
    /// <param name="kind"><c>http.failed</c> or <c>egress.refused</c>.</param>
    public static EntryDraft HttpFailed(string kind, HostId host, string taskKey, string code, IReadOnlyList<long> tickets, SaltedPayload payload)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        json.Name("code").String(code);
        json.Name("count").Integer(tickets.Count);
        payload.WriteReference(json);
        json.Name("task").String(taskKey);
        json.Name("tickets").BeginArray();
        foreach (var ticket in tickets)
        {
            json.Integer(ticket);
        }

        json.EndArray();
        return Close(json, kind, Actors.Host(host), payload);
    }

    private static void WriteDenied(JcsWriter json, int denied)
    {
        if (denied > 0)
        {
            json.Name("denied").Integer(denied);
        }
    }

    private static void WriteReply(JcsWriter json, in DeliveredEvent delivered)
    {
        if (delivered.Reply != 0)
        {
            json.Name("reply").Integer(delivered.Reply);
            json.Name("reply_seq").Integer(delivered.ReplySeq);
        }
    }

    // What a delta adds to a body, each member at its place in the order.

    private static void WriteFrom(JcsWriter json, in DeliveredEvent delivered)
    {
        if (delivered.Subscription != 0)
        {
            json.Name("from").Integer(delivered.From);
        }
    }

    private static void WriteSubscription(JcsWriter json, in DeliveredEvent delivered)
    {
        if (delivered.IsReset)
        {
            json.Name("reset").Boolean(true);
        }

        if (delivered.Subscription != 0)
        {
            json.Name("subscription").Integer(delivered.Subscription);
        }
    }

    private static void WriteTo(JcsWriter json, in DeliveredEvent delivered)
    {
        if (delivered.Timer != 0)
        {
            json.Name("timer").Integer(delivered.Timer);
        }

        if (delivered.Subscription != 0)
        {
            json.Name("to").Integer(delivered.To);
        }
    }

    private static void WriteView(JcsWriter json, in DeliveredEvent delivered)
    {
        if (delivered.Subscription != 0)
        {
            json.Name("view").String(delivered.View!);
        }
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
