using System.Text.Json;
using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>What an export says about itself. Nothing in it is signed: it describes the file, the log in it proves itself.</summary>
/// <param name="Fabric">The fabric's id as its genesis names it; null when the log has no readable genesis.</param>
/// <param name="CreatedUs">By the clock of whoever wrote it, Unix µs.</param>
/// <param name="Tool">Name and version of the program that wrote it.</param>
/// <param name="Streams">In <see cref="StreamRef"/> order.</param>
public sealed record ExportManifest(
    Guid? Fabric,
    long CreatedUs,
    string Tool,
    ExportScope Scope,
    IReadOnlyList<ExportedStream> Streams,
    IReadOnlyList<ExportedMember> Members)
{
    /// <summary>Name and version of the format. A change that an old reader would misread gets a new number.</summary>
    public const string Format = "voxeltron-export/1";

    /// <summary>Bytes of the largest manifest read: about 100,000 streams.</summary>
    internal const int MostBytes = 64 * 1024 * 1024;

    internal void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("format", Format);
        json.WriteString("fabric", Fabric?.ToString("N"));
        json.WriteNumber("created_us", CreatedUs);
        json.WriteString("tool", Tool);
        json.WriteStartObject("scope");
        json.WriteString("kind", Scope.Kind);
        json.WriteString("tenant", Scope.Tenant?.Value);
        json.WriteString("mission", Scope.Mission?.Hex);
        json.WriteEndObject();
        json.WriteStartArray("streams");
        foreach (var stream in Streams)
        {
            json.WriteStartObject();
            json.WriteString("tenant_id", stream.Stream.Tenant.Value);
            json.WriteString("stream_id", stream.Stream.Stream.Hex);
            json.WriteNumber("entries", stream.Entries);
            json.WriteNumber("seals", stream.Seals);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("members");
        foreach (var member in Members)
        {
            json.WriteStartObject();
            json.WriteString("name", member.Name);
            json.WriteNumber("bytes", member.Bytes);
            json.WriteNumber("lines", member.Lines);
            json.WriteString("sha256", member.Sha256);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <exception cref="ExportException">Not a manifest of this format.</exception>
    internal static ExportManifest Read(JsonElement root)
    {
        var row = new ExportRow(root);
        if (row.Text("format") is var format && format != Format)
        {
            throw new ExportException(ExportException.UnknownVersion, $"The export is of format '{format}'; this program reads {Format}.");
        }

        var fabric = row.OptionalText("fabric");
        var manifest = new ExportManifest(
            fabric is null ? null : ExportRow.ParseId(fabric),
            row.Integer("created_us"),
            row.Text("tool"),
            ReadScope(row.Member("scope")),
            [.. row.Member("streams").EnumerateArray().Select(ReadStream)],
            [.. row.Member("members").EnumerateArray().Select(ReadMember)]);
        row.RequireNoOther(7);
        return manifest;
    }

    private static ExportScope ReadScope(JsonElement json)
    {
        var row = new ExportRow(json);
        var (kind, tenant, mission) = (row.Text("kind"), row.OptionalText("tenant"), row.OptionalText("mission"));
        row.RequireNoOther(3);
        var scope = new ExportScope(tenant is null ? null : ExportRow.ParseTenant(tenant), mission is null ? null : new MissionId(ExportRow.ParseId(mission)));
        return scope.Kind == kind && (scope.Mission is null || scope.Tenant is not null)
            ? scope
            : throw new FormatException($"a scope of kind '{kind}' does not name this tenant and mission");
    }

    private static ExportedStream ReadStream(JsonElement json)
    {
        var row = new ExportRow(json);
        var stream = new ExportedStream(
            new StreamRef(ExportRow.ParseTenant(row.Text("tenant_id")), new StreamId(row.Id("stream_id"))), row.Integer("entries"), row.Integer("seals"));
        row.RequireNoOther(4);
        return stream;
    }

    private static ExportedMember ReadMember(JsonElement json)
    {
        var row = new ExportRow(json);
        var member = new ExportedMember(row.Text("name"), row.Integer("bytes"), row.Integer("lines"), row.Text("sha256"));
        row.RequireNoOther(4);
        return member;
    }
}

/// <summary>One stream of an export and how many rows of it are there.</summary>
public sealed record ExportedStream(StreamRef Stream, long Entries, long Seals);

/// <summary>One member of the file, the manifest aside.</summary>
/// <param name="Bytes">Not compressed.</param>
/// <param name="Sha256">64 lower-case hex digits, over those bytes.</param>
public sealed record ExportedMember(string Name, long Bytes, long Lines, string Sha256);
