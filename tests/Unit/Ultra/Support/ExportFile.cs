using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Voxeltron.Ultra;

namespace Voxeltron.Tests.Unit.Ultra;

/// <summary>An export as its members, to be changed and zipped again as somebody hostile would.</summary>
public sealed class ExportFile
{
    private ExportFile(Dictionary<string, byte[]> members) => Members = members;

    public Dictionary<string, byte[]> Members { get; }

    public static async Task<byte[]> WriteAsync(ILogReader log, ExportScope? scope = null)
    {
        using var file = new MemoryStream();
        await new LogExportWriter(log, scope ?? ExportScope.Whole, "test 1", new FixedClock()).WriteAsync(new ForwardOnly(file), CancellationToken.None);
        return file.ToArray();
    }

    public static async Task<ExportFile> OfAsync(ILogReader log, ExportScope? scope = null) => Unzip(await WriteAsync(log, scope));

    public static ExportFile Unzip(byte[] file)
    {
        using var zip = new ZipArchive(new MemoryStream(file));
        return new ExportFile(zip.Entries.ToDictionary(static entry => entry.FullName, static entry =>
        {
            using var stream = entry.Open();
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            return bytes.ToArray();
        }));
    }

    public string Text(string member) => Encoding.UTF8.GetString(Members[member]);

    public void Replace(string member, Func<string, string> change)
    {
        var changed = change(Text(member));
        Members[member] = Encoding.UTF8.GetBytes(changed != Text(member) ? changed : throw new InvalidOperationException($"{member} did not change."));
    }

    public void ReplaceManifest(Action<JsonObject> change) => Replace("manifest.json", text =>
    {
        var json = JsonNode.Parse(text)!.AsObject();
        change(json);
        return json.ToJsonString();
    });

    public byte[] Zip(Action<ZipArchive>? more = null)
    {
        using var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, bytes) in Members)
            {
                using var stream = zip.CreateEntry(name).Open();
                stream.Write(bytes);
            }

            more?.Invoke(zip);
        }

        return file.ToArray();
    }

    public static Task<LogExportReader> OpenAsync(byte[] file) => LogExportReader.OpenAsync(new MemoryStream(file), CancellationToken.None);

    /// <summary>2026-01-02 03:04:06 UTC.</summary>
    public sealed class FixedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 1, 2, 3, 4, 6, TimeSpan.Zero);
    }

    /// <summary>As a response body is: no seeking, and no synchronous write.</summary>
    private sealed class ForwardOnly(Stream inner) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush() => throw new InvalidOperationException("A synchronous flush.");

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new InvalidOperationException("A synchronous write.");

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => inner.WriteAsync(buffer, offset, count, cancellationToken);
    }
}
