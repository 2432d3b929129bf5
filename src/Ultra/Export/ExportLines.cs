using System.Text.Json;
using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>
/// A row of each table as a JSON object: columns as they are called in the database, values as they are there. Times are Unix
/// µs, ids and digests hex, payloads and signatures base64, bodies and notes their verbatim text.
/// </summary>
internal static class ExportLines
{
    /// <summary>Bytes of the longest line: the largest payload in base64, a body whose every byte is escaped, and the rest.</summary>
    public const int MostBytes = (Limits.EntryPayloadBytes / 3 * 4) + (6 * Limits.EntryBodyBytes) + (64 * 1024);

    public static void Write(Utf8JsonWriter json, Entry entry)
    {
        var header = entry.Header;
        json.WriteNumber("seq", header.Seq);
        json.WriteNumber("epoch", header.Epoch);
        json.WriteNumber("time_us", header.TimeUs);
        json.WriteString("kind", header.Kind);
        json.WriteString("actor", header.Actor);
        json.WriteString("body", entry.Body.Span);
        Base64(json, "payload", entry.Payload);
        Hex(json, "payload_salt", entry.PayloadSalt);
        Hex(json, "chain", entry.Chain);
    }

    public static Entry ReadEntry(JsonElement json, StreamRef stream)
    {
        var row = new ExportRow(json);
        var header = new EntryHeader(
            stream.Tenant, stream.Stream, row.Integer("seq"), row.Integer("epoch"), row.Integer("time_us"), row.Text("kind"), row.Text("actor"));
        var entry = new Entry(header, EntryBody.Of(row.Text("body")), row.OptionalBase64("payload"), row.OptionalHex("payload_salt"), row.Hex("chain"));
        row.RequireNoOther(9);
        return entry;
    }

    public static void Write(Utf8JsonWriter json, SealRow seal)
    {
        json.WriteNumber("first_seq", seal.FirstSeq);
        json.WriteNumber("last_seq", seal.LastSeq);
        json.WriteNumber("entry_count", seal.EntryCount);
        json.WriteString("role", seal.Role);
        json.WriteString("signer", seal.Signer.Value);
        json.WriteString("host_id", seal.Host.Hex);
        json.WriteNumber("commit_number", seal.CommitNumber);
        Hex(json, "root", seal.Root);
        Base64(json, "signature", seal.Signature);
    }

    public static SealRow ReadSeal(JsonElement json, StreamRef stream)
    {
        var row = new ExportRow(json);
        var seal = new SealRow(
            stream.Tenant, stream.Stream, row.Integer("first_seq"), row.Integer("last_seq"), row.Small("entry_count"), row.Text("role"),
            new KeyId(row.Text("signer")), new HostId(row.Id("host_id")), row.Integer("commit_number"), row.Hex("root"), row.Base64("signature"));
        row.RequireNoOther(9);
        return seal;
    }

    public static void Write(Utf8JsonWriter json, HeadRow head)
    {
        json.WriteString("tenant_id", head.Tenant.Value);
        json.WriteString("stream_id", head.Stream.Hex);
        json.WriteNumber("seq", head.Seq);
        json.WriteNumber("epoch", head.Epoch);
        Hex(json, "chain", head.Chain);
    }

    public static HeadRow ReadHead(JsonElement json)
    {
        var row = new ExportRow(json);
        var head = new HeadRow(
            ExportRow.ParseTenant(row.Text("tenant_id")), new StreamId(row.Id("stream_id")), row.Integer("seq"), row.Integer("epoch"), row.Hex("chain"));
        row.RequireNoOther(5);
        return head;
    }

    public static void Write(Utf8JsonWriter json, CommitRow commit)
    {
        json.WriteString("host_id", commit.Host.Hex);
        json.WriteNumber("number", commit.Number);
        json.WriteNumber("time_us", commit.TimeUs);
        json.WriteNumber("stream_count", commit.StreamCount);
        json.WriteNumber("entry_count", commit.EntryCount);
        Hex(json, "root", commit.Root);
        Hex(json, "previous", commit.Previous);
        json.WriteString("signer", commit.Signer.Value);
        Base64(json, "signature", commit.Signature);
    }

    public static CommitRow ReadCommit(JsonElement json)
    {
        var row = new ExportRow(json);
        var commit = new CommitRow(
            new HostId(row.Id("host_id")), row.Integer("number"), row.Integer("time_us"), row.Small("stream_count"), row.Small("entry_count"),
            row.Hex("root"), row.Hex("previous"), new KeyId(row.Text("signer")), row.Base64("signature"));
        row.RequireNoOther(9);
        return commit;
    }

    public static void Write(Utf8JsonWriter json, LeafRow leaf)
    {
        json.WriteNumber("leaf_index", leaf.Index);
        json.WriteString("host_id", leaf.Host.Hex);
        json.WriteNumber("commit_number", leaf.CommitNumber);
        Hex(json, "leaf", leaf.Leaf);
    }

    public static LeafRow ReadLeaf(JsonElement json)
    {
        var row = new ExportRow(json);
        var leaf = new LeafRow(row.Integer("leaf_index"), new HostId(row.Id("host_id")), row.Integer("commit_number"), row.Hex("leaf"));
        row.RequireNoOther(4);
        return leaf;
    }

    public static void Write(Utf8JsonWriter json, CheckpointRow checkpoint)
    {
        json.WriteNumber("tree_size", checkpoint.TreeSize);
        Hex(json, "root", checkpoint.Root);
        json.WriteString("note", checkpoint.Note);
    }

    public static CheckpointRow ReadCheckpoint(JsonElement json)
    {
        var row = new ExportRow(json);
        var checkpoint = new CheckpointRow(row.Integer("tree_size"), row.Hex("root"), row.Text("note"));
        row.RequireNoOther(3);
        return checkpoint;
    }

    public static void Write(Utf8JsonWriter json, AbsentSeal seal)
    {
        json.WriteString("host_id", seal.Host.Hex);
        json.WriteNumber("commit_number", seal.CommitNumber);
        json.WriteNumber("position", seal.Position);
        Hex(json, "leaf", seal.Leaf);
    }

    public static AbsentSeal ReadAbsentSeal(JsonElement json)
    {
        var row = new ExportRow(json);
        var seal = new AbsentSeal(new HostId(row.Id("host_id")), row.Integer("commit_number"), row.Small("position"), row.Hex("leaf"));
        row.RequireNoOther(4);
        return seal;
    }

    private static void Hex(Utf8JsonWriter json, string name, byte[]? bytes) => json.WriteString(name, bytes is null ? null : Convert.ToHexStringLower(bytes));

    private static void Base64(Utf8JsonWriter json, string name, byte[]? bytes)
    {
        if (bytes is null)
        {
            json.WriteNull(name);
        }
        else
        {
            json.WriteBase64String(name, bytes);
        }
    }
}
