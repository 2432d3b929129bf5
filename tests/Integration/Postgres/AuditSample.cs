using System.Text;
using Voxeltron.Kernel;
using Voxeltron.Tests.Unit.Ultra;
using Voxeltron.Ultra;

namespace Voxeltron.Tests.Integration.Postgres;

/// <summary>
/// A mission with whole bodies, as the worker writes them: one request extracted and decided, one refused, a boot that ends in
/// an abort, everything signed and under a checkpoint.
/// </summary>
internal static class AuditSample
{
    private const string Fingerprint = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";

    public static readonly string Module = new('d', 64);

    public static LogBuilder Build()
    {
        var log = new LogBuilder();
        var host = new TestHost(1);
        log.Begin(host);
        var mission = log.Stream(SampleLog.Tenant, StreamId.Of(SampleLog.Mission));
        mission.Begin(host, epoch: 1, previous: 0);
        mission.Append(log.Intent(mission, EntryKinds.MissionSubmitted, w => w.Name("name").String("prior-auth"), "{}"u8.ToArray()));
        var item = Submit(log, mission, "r-0001", """{"resourceType":"Bundle"}""");
        var bad = Submit(log, mission, "r-0002", "not json");

        var extract = new TestCell(1);
        Boot(mission, extract, "extract/r-0001");
        var extracted = Act(mission, extract, "extract/r-0001", "item", item, "completed", null, """{"emits":[],"logs":[],"result":{"text":"drug x"},"writes":[{"op":"put","row":{"request":"r-0001"},"table":"fact"}]}""");
        var decide = new TestCell(2);
        Boot(mission, decide, "decide/r-0001");
        Act(mission, decide, "decide/r-0001", "result", extracted, "completed", null, """{"emits":[],"logs":[],"result":{"text":"approved: covered"},"writes":[]}""");
        var refuse = new TestCell(3);
        Boot(mission, refuse, "extract/r-0002");
        Act(mission, refuse, "extract/r-0002", "item", bad, "refused", "not_json", """{"emits":[],"logs":[],"message":"byte 0","result":{"text":""},"writes":[]}""");
        log.Commit(host, [mission], [extract, decide, refuse]);
        mission.Stop(extract, "completed");
        mission.Stop(decide, "completed");
        mission.Stop(refuse, "refused");
        mission.Append(EntryKinds.MissionCompleted, host.Actor, w => w.Name("status").String("completed").Name("v").Integer(1));
        log.Commit(host, mission);
        log.Checkpoint();
        return log;
    }

    private static long Submit(LogBuilder log, TestStream mission, string item, string bytes) => mission.Append(log.Intent(
        mission, EntryKinds.InputSubmitted,
        w => w.Name("caller").BeginObject().Name("key").String("k1").Name("role").String("developer").EndObject().Name("input").String("requests").Name("item").String(item),
        Encoding.UTF8.GetBytes(bytes))).Header.Seq;

    private static void Boot(TestStream mission, TestCell cell, string task) => mission.Append(
        EntryKinds.CellBooted, mission.Owner!.Actor,
        $$$"""{"attempt":1,"cell":"{{{cell.Id}}}","fingerprint":"{{{Fingerprint}}}","fuel":10,"key":"{{{Convert.ToBase64String(cell.Signer.PublicKey)}}}","kid":"{{{cell.Signer.KeyId}}}","module":"{{{Module}}}","now_us":1,"outcome":"ready","profile":"default","reason":"cold","stages_us":{"instantiate":40,"key":1,"on_start":25,"total":80},"task":"{{{task}}}","v":1,"writes":0}""");

    /// <returns>Its seq.</returns>
    private static long Act(TestStream mission, TestCell cell, string task, string input, long seq, string outcome, string? code, string payload)
    {
        mission.Append(EntryKinds.TaskDispatched, mission.Owner!.Actor, $$$"""{"attempt":1,"cell":"{{{cell.Id}}}","input":{"kind":"{{{input}}}","seq":{{{seq}}}},"task":"{{{task}}}","v":1}""");
        var bytes = Encoding.UTF8.GetBytes(payload);
        var salt = LogBuilder.Salt(5);
        var codeMember = code is null ? "" : $"\"code\":\"{code}\",";
        var entry = mission.Append(
            EntryKinds.Action, cell.Actor,
            $$$"""{"attempt":1,"cell":"{{{cell.Id}}}",{{{codeMember}}}"event":"task","fuel":1000,"input":{"kind":"{{{input}}}","seq":{{{seq}}}},"now_us":2,"outcome":"{{{outcome}}}","payload":{"digest":"{{{PayloadDigest.Hex(salt, bytes)}}}","size":{{{bytes.Length}}}},"task":"{{{task}}}","v":1,"writes":1}""",
            bytes, salt);
        cell.Unsealed.Add(entry);
        return entry.Header.Seq;
    }
}
