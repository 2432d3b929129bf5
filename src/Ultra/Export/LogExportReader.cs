using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>
/// The log out of an export, row by row. It distrusts the file: names are compared and never used as paths, lengths are
/// bounded, forms are strict. What has the form and says something else than was written, is for <see cref="LogVerifier"/> to find.
/// </summary>
/// <remarks>Not thread-safe, but enumerations may be nested or run side by side. Memory: the file's directory, the manifest, a line each.</remarks>
public sealed class LogExportReader : IPartialLog, IAsyncDisposable
{
    // A member named twice makes one too many, and rows count theirs.
    private static readonly JsonDocumentOptions s_shallow = new() { MaxDepth = 8 };

    private readonly ZipArchive _zip;
    private readonly Dictionary<string, ZipArchiveEntry> _members;
    private readonly HashSet<StreamRef> _streams;

    private LogExportReader(ZipArchive zip, Dictionary<string, ZipArchiveEntry> members, ExportManifest manifest)
    {
        _zip = zip;
        _members = members;
        Manifest = manifest;
        _streams = [.. manifest.Streams.Select(static stream => stream.Stream)];
    }

    public ExportManifest Manifest { get; }

    public bool IsPartial => Manifest.Scope.IsPartial;

    /// <param name="file">Readable and seekable; disposed with the reader, or at once when this throws.</param>
    /// <exception cref="ExportException">No export, or one of another version.</exception>
    public static async Task<LogExportReader> OpenAsync(Stream file, CancellationToken ct)
    {
        ZipArchive? zip = null;
        try
        {
            zip = await ZipArchive.CreateAsync(file, ZipArchiveMode.Read, leaveOpen: false, entryNameEncoding: null, ct);
            var members = ReadDirectory(zip, file.Length);
            var manifest = await ReadManifestAsync(members, ct);
            RequireExactly(members, manifest);
            return new LogExportReader(zip, members, manifest);
        }
        catch (Exception fault)
        {
            await (zip?.DisposeAsync() ?? file.DisposeAsync());
            if (fault is InvalidDataException or IOException or NotSupportedException or ArgumentException)
            {
                throw new ExportException(ExportException.Malformed, $"The file is no export, or not a whole one: {fault.Message}", fault);
            }

            throw;
        }
    }

    /// <summary>Compares every member with what the manifest says of it. Reads the file once.</summary>
    /// <returns>A sentence for each that differs.</returns>
    /// <exception cref="ExportException">A member that cannot be read at all.</exception>
    public async Task<IReadOnlyList<string>> CheckMembersAsync(CancellationToken ct)
    {
        var differences = new List<string>();
        var lines = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var said in Manifest.Members)
        {
            var found = await ExportMemberReader.MeasureAsync(_members[said.Name], ct);
            lines[said.Name] = found.Lines;
            if (found != said)
            {
                differences.Add($"{said.Name} is not what the manifest says: {found.Lines:N0} lines, {found.Bytes:N0} bytes, SHA-256 {found.Sha256}; the manifest says {said.Lines:N0}, {said.Bytes:N0}, {said.Sha256}.");
            }
        }

        foreach (var stream in Manifest.Streams)
        {
            var (entries, seals) = (lines[ExportNames.Entries(stream.Stream)], lines[ExportNames.Seals(stream.Stream)]);
            if (entries != stream.Entries || seals != stream.Seals)
            {
                differences.Add($"Stream {stream.Stream} has {entries:N0} entries and {seals:N0} seals; the manifest says {stream.Entries:N0} and {stream.Seals:N0}.");
            }
        }

        return differences;
    }

    public async IAsyncEnumerable<StreamRef> Streams([EnumeratorCancellation] CancellationToken ct)
    {
        await Task.CompletedTask;
        foreach (var stream in _streams.Order())
        {
            ct.ThrowIfCancellationRequested();
            yield return stream;
        }
    }

    public IAsyncEnumerable<Entry> Entries(TenantId tenant, StreamId stream, CancellationToken ct)
    {
        var name = new StreamRef(tenant, stream);
        return Rows(_streams.Contains(name) ? ExportNames.Entries(name) : null, json => ExportLines.ReadEntry(json, name), ct);
    }

    public IAsyncEnumerable<SealRow> Seals(TenantId tenant, StreamId stream, CancellationToken ct)
    {
        var name = new StreamRef(tenant, stream);
        return Rows(_streams.Contains(name) ? ExportNames.Seals(name) : null, json => ExportLines.ReadSeal(json, name), ct);
    }

    public IAsyncEnumerable<HeadRow> Heads(CancellationToken ct) => Rows(ExportNames.Heads, ExportLines.ReadHead, ct);

    public IAsyncEnumerable<CommitRow> Commits(CancellationToken ct) => Rows(ExportNames.Commits, ExportLines.ReadCommit, ct);

    public IAsyncEnumerable<LeafRow> Leaves(CancellationToken ct) => Rows(ExportNames.Leaves, ExportLines.ReadLeaf, ct);

    public IAsyncEnumerable<CheckpointRow> Checkpoints(CancellationToken ct) => Rows(ExportNames.Checkpoints, ExportLines.ReadCheckpoint, ct);

    public async IAsyncEnumerable<AbsentSeal> AbsentSeals([EnumeratorCancellation] CancellationToken ct)
    {
        AbsentSeal? before = null;
        await foreach (var seal in Rows(IsPartial ? ExportNames.AbsentSeals : null, ExportLines.ReadAbsentSeal, ct))
        {
            if (before is not null && AbsentSealOrder.Compare(before, seal) >= 0)
            {
                throw ExportMemberReader.Malformed(_members[ExportNames.AbsentSeals], $"position {seal.Position} of commit {seal.CommitNumber} of {seal.Host} is out of order");
            }

            before = seal;
            yield return seal;
        }
    }

    public ValueTask DisposeAsync() => _zip.DisposeAsync();

    private async IAsyncEnumerable<TRow> Rows<TRow>(string? name, Func<JsonElement, TRow> read, [EnumeratorCancellation] CancellationToken ct)
    {
        if (name is null)
        {
            yield break;
        }

        var number = 0L;
        await foreach (var line in ExportMemberReader.Lines(_members[name], ExportLines.MostBytes, ct))
        {
            number++;
            yield return Parse(_members[name], number, line, read);
        }
    }

    private static TRow Parse<TRow>(ZipArchiveEntry member, long number, ReadOnlyMemory<byte> line, Func<JsonElement, TRow> read)
    {
        try
        {
            using var document = JsonDocument.Parse(line, s_shallow);
            return read(document.RootElement);
        }
        catch (Exception fault) when (ExportRow.IsMalformed(fault))
        {
            throw ExportMemberReader.Malformed(member, $"line {number} is no row of it: {fault.Message.TrimEnd('.')}", fault);
        }
    }

    /// <summary>Names once each, and no more compressed bytes than the file has: members that share bytes are how small files explode.</summary>
    private static Dictionary<string, ZipArchiveEntry> ReadDirectory(ZipArchive zip, long fileBytes)
    {
        var members = new Dictionary<string, ZipArchiveEntry>(StringComparer.Ordinal);
        var compressed = 0L;
        foreach (var member in zip.Entries)
        {
            if (!members.TryAdd(member.FullName, member))
            {
                throw new ExportException(ExportException.Malformed, $"The export holds {member.FullName} twice.");
            }

            compressed = checked(compressed + member.CompressedLength);
        }

        return compressed <= fileBytes
            ? members
            : throw new ExportException(ExportException.Malformed, $"The export's members claim {compressed:N0} compressed bytes; the file has {fileBytes:N0}.");
    }

    private static async Task<ExportManifest> ReadManifestAsync(Dictionary<string, ZipArchiveEntry> members, CancellationToken ct)
    {
        if (!members.TryGetValue(ExportNames.Manifest, out var member))
        {
            throw new ExportException(ExportException.Malformed, $"The file holds no {ExportNames.Manifest}: it is no export, or its writing was cut short.");
        }

        return Parse(member, 1, await ExportMemberReader.WholeAsync(member, ExportManifest.MostBytes, ct), ExportManifest.Read);
    }

    /// <summary>The members are those of the manifest's streams, the manifest names each once, and there is nothing else.</summary>
    private static void RequireExactly(Dictionary<string, ZipArchiveEntry> members, ExportManifest manifest)
    {
        var streams = new HashSet<StreamRef>();
        foreach (var stream in manifest.Streams)
        {
            Require(streams.Add(stream.Stream), $"The manifest names stream {stream.Stream} twice.");
            Require(manifest.Scope.Includes(stream.Stream), $"The manifest names stream {stream.Stream}, which is no part of {manifest.Scope}.");
        }

        var expected = ExportNames.All(streams, manifest.Scope.IsPartial).ToHashSet(StringComparer.Ordinal);
        foreach (var said in manifest.Members)
        {
            Require(expected.Remove(said.Name), $"The manifest names {said.Name}, which an export of its streams does not have, or has once.");
            Require(members.ContainsKey(said.Name), $"The export lacks {said.Name}.");
        }

        foreach (var missing in expected)
        {
            Require(false, $"The manifest does not name {missing}.");
        }

        // The manifest itself is the one member it does not name.
        Require(members.Count == manifest.Members.Count + 1, $"The export holds {members.Count} members; its manifest names {manifest.Members.Count}.");
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new ExportException(ExportException.Malformed, otherwise);
        }
    }
}
