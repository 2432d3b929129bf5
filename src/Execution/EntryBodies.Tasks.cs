using Voxeltron.Cells;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Ultra;

namespace Voxeltron.Execution;

// A task and its cells: from dispatch to what ended it, and each event between.
public static partial class EntryBodies
{
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
        WriteCellUs(json, boot.CellUs);
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
        WriteCellUs(json, action.CellUs);
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
        WriteCellUs(json, abort.CellUs);
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

    private static void WriteCellUs(JcsWriter json, long? cellUs)
    {
        if (cellUs is { } us)
        {
            json.Name("cell_us").Integer(us);
        }
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
}
