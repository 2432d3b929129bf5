using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Ultra;

namespace Voxeltron.Execution;

/// <summary>The JSON a cell reads before its input (docs/abi.md, Events). Canonical, so that replay delivers the same bytes.</summary>
public static class Envelopes
{
    public const int AbiVersion = 1;

    /// <param name="replaces">The version of the cell this one takes over from; null when it replaces none that was well.</param>
    public static byte[] Start(string kind, CellId cell, MissionId mission, long nowUs, ModuleDigest? replaces = null)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        json.Name("abi").Integer(AbiVersion);
        json.Name("cell").String(cell.ToString());
        json.Name("event").String(kind);
        json.Name("mission").String(mission.ToString());
        json.Name("now_us").Integer(nowUs);
        if (replaces is { } module)
        {
            json.Name("replaces").String(module.Value);
        }

        json.EndObject();
        return Close(json);
    }

    public static byte[] Task(CellId cell, MissionId mission, string taskKey, string? itemKey, int attempt, long nowUs)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        WriteToNow(json, cell, mission, itemKey, attempt, "task", nowUs);
        json.Name("task").String(taskKey);
        json.EndObject();
        return Close(json);
    }

    public static byte[] Timer(CellId cell, MissionId mission, string taskKey, string? itemKey, int attempt, OpenTimer timer, long nowUs)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        WriteToNow(json, cell, mission, itemKey, attempt, "timer", nowUs);
        json.Name("tag").String(timer.Tag);
        json.Name("task").String(taskKey);
        json.Name("ticket").Integer(timer.Ticket);
        json.EndObject();
        return Close(json);
    }

    public static byte[] Delta(CellId cell, MissionId mission, string taskKey, string? itemKey, int attempt, in DeliveredEvent told, long nowUs)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        json.Name("abi").Integer(AbiVersion);
        json.Name("attempt").Integer(attempt);
        json.Name("cell").String(cell.ToString());
        json.Name("event").String(told.Word);
        json.Name("from").Integer(told.From);
        if (itemKey is not null)
        {
            json.Name("item").String(itemKey);
        }

        json.Name("mission").String(mission.ToString());
        json.Name("now_us").Integer(nowUs);
        if (told.IsReset)
        {
            json.Name("reset").Boolean(true);
        }

        json.Name("task").String(taskKey);
        json.Name("ticket").Integer(told.Subscription);
        json.Name("to").Integer(told.To);
        json.Name("view").String(told.View!);
        json.EndObject();
        return Close(json);
    }

    /// <param name="told">Null where there is none; then <paramref name="answered"/> says why.</param>
    public static byte[] Reply(CellId cell, MissionId mission, string taskKey, string? itemKey, int attempt, OpenRequest answered, IReply? told, long nowUs)
    {
        var reply = told as HttpReply;
        var json = JcsWriter.Rent();
        json.BeginObject();
        json.Name("abi").Integer(AbiVersion);
        json.Name("attempt").Integer(attempt);
        json.Name("cell").String(cell.ToString());
        if (answered.Code is { } code)
        {
            json.Name("code").String(code);
        }

        json.Name("event").String("reply");
        if (reply is not null)
        {
            json.Name("headers").BeginArray();
            foreach (var field in reply.Headers)
            {
                json.BeginArray().String(field.Name).String(field.Value).EndArray();
            }

            json.EndArray();
        }

        if (itemKey is not null)
        {
            json.Name("item").String(itemKey);
        }

        if (told is not null)
        {
            json.Name("length").Integer(told.Body.Length);
        }

        json.Name("mission").String(mission.ToString());
        (told as ModelReply)?.WriteEnvelope(json);
        json.Name("now_us").Integer(nowUs);
        if (reply is not null)
        {
            json.Name("status").Integer(reply.Status);
        }

        json.Name("tag").String(answered.Tag);
        json.Name("task").String(taskKey);
        json.Name("ticket").Integer(answered.Ticket);
        if (reply?.Url is { } url)
        {
            json.Name("url").String(url);
        }

        json.EndObject();
        return Close(json);
    }

    /// <summary>As any reply that is no answer it has a <c>code</c>, unless people approved: a guest that knows nothing of gates takes no other for a yes.</summary>
    /// <param name="gate">What people said, or why nobody did.</param>
    public static byte[] Gate(CellId cell, MissionId mission, string taskKey, string? itemKey, int attempt, OpenRequest answered, Gate gate, long nowUs)
    {
        var json = JcsWriter.Rent();
        json.BeginObject();
        json.Name("abi").Integer(AbiVersion);
        json.Name("attempt").Integer(attempt);
        json.Name("cell").String(cell.ToString());
        if (gate.Status != GateStatus.Approved)
        {
            json.Name("code").String("gate_" + gate.Word);
        }

        json.Name("event").String("reply");
        json.Name("gate").BeginObject();
        json.Name("by").BeginArray();
        foreach (var vote in gate.Denial is { } denial ? [denial] : gate.Approvals)
        {
            json.String(vote.By);
        }

        json.EndArray();
        if (gate.Code is { } code)
        {
            json.Name("code").String(code);
        }

        json.Name("decision").String(gate.Word);
        json.Name("name").String(gate.Rule.Name);
        json.Name("opened_seq").Integer(gate.OpenedSeq);
        json.Name("seq").Integer(answered.AnsweredSeq);
        json.EndObject();
        if (itemKey is not null)
        {
            json.Name("item").String(itemKey);
        }

        json.Name("mission").String(mission.ToString());
        json.Name("now_us").Integer(nowUs);
        json.Name("tag").String(answered.Tag);
        json.Name("task").String(taskKey);
        json.Name("ticket").Integer(answered.Ticket);
        json.EndObject();
        return Close(json);
    }

    /// <summary>What stands before the members of an event that adds none up to <c>now_us</c>.</summary>
    internal static void WriteToNow(JcsWriter json, CellId cell, MissionId mission, string? itemKey, int attempt, string word, long nowUs)
    {
        json.Name("abi").Integer(AbiVersion);
        json.Name("attempt").Integer(attempt);
        json.Name("cell").String(cell.ToString());
        json.Name("event").String(word);
        if (itemKey is not null)
        {
            json.Name("item").String(itemKey);
        }

        json.Name("mission").String(mission.ToString());
        json.Name("now_us").Integer(nowUs);
    }

    private static byte[] Close(JcsWriter json)
    {
        var bytes = json.ToArray();
        json.Return();
        return bytes;
    }
}
