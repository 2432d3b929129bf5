using System.IO.Compression;
using System.Text.Json;
using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>
/// Writes a log into one zip file, row by row, so that a stranger verifies and replays it elsewhere. The form is in
/// docs/log.md. Needs no seekable target: it writes forward only, the manifest last, and a file without one is incomplete.
/// </summary>
/// <param name="tool">Name and version of the program, for the manifest.</param>
public sealed class LogExportWriter(ILogReader reader, ExportScope scope, string tool, TimeProvider clock)
{
    private readonly List<ExportedMember> _members = [];
    private readonly List<ExportedStream> _streams = [];
    private readonly AbsentSealCollector _absent = new(scope);
    private List<StreamRef>? _found;
    private Guid? _fabric;

    /// <summary>Finds the streams to write. Called by <see cref="WriteAsync(Stream, CancellationToken)"/>; call it before where a refusal must come before the first byte.</summary>
    /// <exception cref="VoxeltronException"><c>tenant_not_found</c>, <c>mission_not_found</c>: the part asked for has no stream.</exception>
    public async Task FindStreamsAsync(CancellationToken ct)
    {
        if (_found is not null)
        {
            return;
        }

        // Listed once: in a database it is the one question that reads every entry's key.
        var streams = new List<StreamRef>();
        await foreach (var stream in reader.Streams(ct))
        {
            streams.Add(stream);
        }

        if (scope is { Tenant: { } tenant } && !streams.Exists(stream => stream.Tenant == tenant && (scope.Mission is not { } mission || stream.Stream == StreamId.Of(mission))))
        {
            throw new VoxeltronException(scope.Mission is null ? "tenant_not_found" : "mission_not_found", $"The log has no stream of {scope}.");
        }

        _found = streams;
    }

    /// <summary>Writes all of it and leaves <paramref name="target"/> open. Memory: pages, and one line at a time.</summary>
    /// <exception cref="ExportException">A row or a selection that no export holds; what was written is then no export.</exception>
    /// <exception cref="VoxeltronException">As <see cref="FindStreamsAsync"/>; then nothing was written.</exception>
    public async Task<ExportManifest> WriteAsync(Stream target, CancellationToken ct)
    {
        await FindStreamsAsync(ct);
        var createdUs = clock.NowUs();
        await using var pending = new PendingWriteStream(target);
        ExportManifest manifest;
        await using (var zip = await ZipArchive.CreateAsync(pending, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null, ct))
        {
            manifest = await WriteMembersAsync(zip, createdUs, ct);
        }

        await pending.FlushAsync(ct);
        return manifest;
    }

    private async Task<ExportManifest> WriteMembersAsync(ZipArchive zip, long createdUs, CancellationToken ct)
    {
        await WriteStreamsAsync(zip, createdUs, ct);
        await WriteAsync(zip, createdUs, ExportNames.Heads, Included(reader.Heads(ct)), ExportLines.Write, ct);
        await WriteAsync(zip, createdUs, ExportNames.Commits, reader.Commits(ct), ExportLines.Write, ct);
        await WriteAsync(zip, createdUs, ExportNames.Leaves, reader.Leaves(ct), ExportLines.Write, ct);
        await WriteAsync(zip, createdUs, ExportNames.Checkpoints, reader.Checkpoints(ct), ExportLines.Write, ct);
        if (scope.IsPartial)
        {
            await WriteAsync(zip, createdUs, ExportNames.AbsentSeals, _absent.ReadAsync(reader, _found!, ct), ExportLines.Write, ct);
        }

        var manifest = new ExportManifest(_fabric, createdUs, tool, scope, _streams, _members);
        await using var member = await OpenAsync(zip, createdUs, ExportNames.Manifest, ct);
        await using var json = new Utf8JsonWriter(member, new JsonWriterOptions { Indented = true });
        manifest.Write(json);
        await json.FlushAsync(ct);
        return manifest;
    }

    private async Task WriteStreamsAsync(ZipArchive zip, long createdUs, CancellationToken ct)
    {
        foreach (var stream in _found!)
        {
            if (!scope.Includes(stream))
            {
                continue;
            }

            var entries = await WriteAsync(zip, createdUs, ExportNames.Entries(stream), Watched(stream, ct), ExportLines.Write, ct);
            var seals = await WriteAsync(zip, createdUs, ExportNames.Seals(stream), _absent.Watched(reader.Seals(stream.Tenant, stream.Stream, ct)), ExportLines.Write, ct);
            _streams.Add(new ExportedStream(stream, entries, seals));
        }
    }

    /// <summary>Passes the entries on and reads the fabric's id from genesis.</summary>
    private async IAsyncEnumerable<Entry> Watched(StreamRef stream, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var entry in reader.Entries(stream.Tenant, stream.Stream, ct))
        {
            if (_fabric is null && entry.Header.Kind == EntryKinds.Genesis)
            {
                _fabric = FabricOf(entry);
            }

            yield return entry;
        }
    }

    private static Guid? FabricOf(Entry genesis)
    {
        try
        {
            using var body = JsonDocument.Parse(genesis.Body.Utf8);
            return Guid.TryParseExact(body.RootElement.GetText("fabric"), "N", out var fabric) ? fabric : null;
        }
        catch (JsonException)
        {
            // A finding of verify; the export only says that it does not know.
            return null;
        }
    }

    private async IAsyncEnumerable<HeadRow> Included(IAsyncEnumerable<HeadRow> heads)
    {
        await foreach (var head in heads)
        {
            if (scope.Includes(new StreamRef(head.Tenant, head.Stream)))
            {
                yield return head;
            }
        }
    }

    private async Task<long> WriteAsync<TRow>(
        ZipArchive zip, long createdUs, string name, IAsyncEnumerable<TRow> rows, Action<Utf8JsonWriter, TRow> write, CancellationToken ct)
    {
        await using var member = new ExportMemberWriter(name, await OpenAsync(zip, createdUs, name, ct));
        await foreach (var row in rows)
        {
            await member.LineAsync(row, write, ct);
        }

        _members.Add(await member.EndAsync(ct));
        return member.Lines;
    }

    private static Task<Stream> OpenAsync(ZipArchive zip, long createdUs, string name, CancellationToken ct)
    {
        var entry = zip.CreateEntry(name, CompressionLevel.Fastest);
        // Else the archive would read the clock itself. A zip knows 1980 to 2107, to two seconds.
        var created = UnixTime.ToDateTime(createdUs);
        entry.LastWriteTime = new DateTimeOffset(created.Year is < 1980 or > 2107 ? new DateTime(1980, 1, 1, 0, 0, 0, DateTimeKind.Utc) : created);
        return entry.OpenAsync(ct);
    }
}
