using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Voxeltron.Cells;
using Voxeltron.Cosmictron;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Ultra;

namespace Voxeltron.Execution;

/// <summary>
/// What people approve: one canonical JSON document that says everything an approval is of. The payload of <c>gate.opened</c>; its
/// SHA-256 is the gate's digest, and 16 random bytes inside keep anybody from guessing what was in one that was erased.
/// </summary>
/// <remarks>
/// Before a task: module, input (its digest), profile, spec, rule, requesters. For a cell: the cell, its module, the subject it gave, and
/// the rows it named as they stood behind the event that asked. Written alike by the owner and by a replay.
/// </remarks>
public static class GateDocument
{
    public const int NonceBytes = 16;

    /// <summary>A row up to this size is shown; of a larger one its digest stands there.</summary>
    private const int ShownRowBytes = 4 * 1024;

    private const int Version = 1;

    /// <param name="input">Where the task's input stands; its bytes are told by digest.</param>
    public static byte[] OfTask(MissionState state, ReadyTask task, SpecGate rule, InputReference input, ReadOnlySpan<byte> inputBytes, ReadOnlySpan<byte> nonce)
    {
        var json = new JcsWriter();
        json.BeginObject();
        json.Name("gate").String(rule.Name);
        if (input.Kind != InputKind.None)
        {
            json.Name("input").BeginObject();
            json.Name("kind").String(input.Kind == InputKind.Item ? "item" : "result");
            json.Name("seq").Integer(input.Seq);
            json.Name("sha256").Hex(SHA256.HashData(inputBytes));
            json.Name("size").Integer(inputBytes.Length);
            json.EndObject();
        }

        WriteMiddle(json, state, rule, task.Module, task.Profile.Name, state.RequestersOf(task.TaskKey), nonce);
        json.Name("spec").String(state.Spec!.Digest);
        WriteEnd(json, state, task.TaskKey, 0);
        return json.ToArray();
    }

    /// <param name="asked">What the cell gave to <c>gate_begin</c>.</param>
    /// <param name="askedSeq">The action that asked.</param>
    public static byte[] OfCell(MissionState state, TaskSnapshot task, CellGate asked, long askedSeq, ReadOnlySpan<byte> nonce)
    {
        var rule = state.Spec!.Gates[asked.Gate];
        var json = new JcsWriter();
        json.BeginObject();
        json.Name("asked_seq").Integer(askedSeq);
        json.Name("cell").String(task.Cell!.Value.ToString());
        json.Name("gate").String(rule.Name);
        WriteMiddle(json, state, rule, task.Module, task.Profile.Name, state.RequestersOf(task.TaskKey), nonce);
        json.Name("rows").Canonical(Encoding.UTF8.GetBytes(Rows(state.Store, task.TaskKey, asked.Rows)));
        json.Name("spec").String(state.Spec.Digest);
        json.Name("subject").Canonical(Encoding.UTF8.GetBytes(asked.Subject));
        WriteEnd(json, state, task.TaskKey, asked.Ticket);
        return json.ToArray();
    }

    public static string Digest(ReadOnlySpan<byte> document) => Convert.ToHexStringLower(SHA256.HashData(document));

    /// <summary>The rows as they stand now: <c>[{"key":[…],"row":{…}|null,"table":…}…]</c>, canonical; a large one by <c>sha256</c> and <c>size</c> instead.</summary>
    /// <param name="named">A list with at least <c>key</c> and <c>table</c> of each: what a cell asked for, or an earlier answer of this.</param>
    /// <param name="taskKey">Whose rows are meant in a table of scope cell.</param>
    public static string Rows(MissionStore store, string taskKey, string named)
    {
        using var document = JsonDocument.Parse(named);
        var json = new JcsWriter();
        var row = new ArrayBufferWriter<byte>();
        json.BeginArray();
        foreach (var one in document.RootElement.EnumerateArray())
        {
            var (table, key) = (one.GetProperty("table").GetString()!, one.GetProperty("key"));
            row.ResetWrittenCount();
            var status = store.WriteNamed(table, key, taskKey, row);
            json.BeginObject();
            json.Name("key").Canonical(Encoding.UTF8.GetBytes(key.GetRawText()));
            if (status != StateStatus.Ok)
            {
                json.Name("row").Null();
            }
            else if (row.WrittenCount <= ShownRowBytes)
            {
                // As text: a row's int64 may be a number that canonical JSON has not.
                json.Name("row").String(Encoding.UTF8.GetString(row.WrittenSpan));
            }
            else
            {
                json.Name("sha256").Hex(SHA256.HashData(row.WrittenSpan));
                json.Name("size").Integer(row.WrittenCount);
            }

            json.Name("table").String(table);
            json.EndObject();
        }

        json.EndArray();
        return json.ToString();
    }

    /// <summary>The rows a recorded document names, as it has them; <c>[]</c> where it names none.</summary>
    internal static string RowsIn(byte[] document)
    {
        using var json = JsonDocument.Parse(document);
        return json.RootElement.TryGetProperty("rows", out var rows) ? rows.GetRawText() : "[]";
    }

    /// <exception cref="FormatException">The document has none.</exception>
    public static byte[] NonceIn(byte[] document)
    {
        using var json = JsonDocument.Parse(document);
        return Convert.FromHexString(json.RootElement.GetProperty("nonce").GetString()!);
    }

    private static void WriteMiddle(
        JcsWriter json, MissionState state, SpecGate rule, ModuleDigest module, string profile, IReadOnlyList<string> requesters, ReadOnlySpan<byte> nonce)
    {
        json.Name("mission").String(state.Mission.ToString());
        json.Name("module").String(module.Value);
        json.Name("nonce").Hex(nonce);
        json.Name("policy").BeginObject();
        if (rule.Approvers.Count > 0)
        {
            WriteList(json, "approvers", rule.Approvers);
        }

        if (rule.ExpiresMs is { } ms)
        {
            json.Name("expires_ms").Integer(ms);
            json.Name("on_expiry").String(rule.Escalates ? "escalate" : "deny");
        }

        json.Name("quorum").Integer(rule.Quorum);
        WriteList(json, "roles", rule.Roles);
        json.EndObject();
        json.Name("profile").String(profile);
        WriteList(json, "requesters", requesters);
    }

    private static void WriteEnd(JcsWriter json, MissionState state, string taskKey, long ticket)
    {
        json.Name("task").String(taskKey);
        json.Name("tenant").String(state.Tenant.Value);
        if (ticket != 0)
        {
            json.Name("ticket").Integer(ticket);
        }

        json.Name("v").Integer(Version);
        json.EndObject();
    }

    internal static void WriteList(JcsWriter json, string name, IReadOnlyList<string> words)
    {
        json.Name(name).BeginArray();
        foreach (var word in words)
        {
            json.String(word);
        }

        json.EndArray();
    }
}
