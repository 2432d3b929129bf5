using System.Buffers;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Voxeltron.Ultra;

/// <summary>Writes one member line by line, and knows afterwards what the manifest says about it.</summary>
internal sealed class ExportMemberWriter(string name, Stream target) : IAsyncDisposable
{
    private const int FlushBytes = 256 * 1024;

    // For files, not for pages: more escaping would only hide text from who greps.
    private static readonly JsonWriterOptions s_plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _bytes;

    public long Lines { get; private set; }

    /// <param name="write">Writes the members of one object.</param>
    /// <exception cref="ExportException">The line is longer than a reader takes.</exception>
    public async ValueTask LineAsync<TRow>(TRow row, Action<Utf8JsonWriter, TRow> write, CancellationToken ct)
    {
        var before = _buffer.WrittenCount;
        using (var json = new Utf8JsonWriter(_buffer, s_plain))
        {
            json.WriteStartObject();
            write(json, row);
            json.WriteEndObject();
        }

        _buffer.Write("\n"u8);
        if (_buffer.WrittenCount - before > ExportLines.MostBytes)
        {
            throw new ExportException(ExportException.TooLarge, $"Line {Lines + 1} of {name} would be {_buffer.WrittenCount - before:N0} bytes; at most {ExportLines.MostBytes:N0}.");
        }

        Lines++;
        if (_buffer.WrittenCount >= FlushBytes)
        {
            await FlushAsync(ct);
        }
    }

    /// <summary>Call once, after the last line.</summary>
    public async Task<ExportedMember> EndAsync(CancellationToken ct)
    {
        await FlushAsync(ct);
        return new ExportedMember(name, _bytes, Lines, Convert.ToHexStringLower(_hash.GetHashAndReset()));
    }

    public async ValueTask DisposeAsync()
    {
        _hash.Dispose();
        await target.DisposeAsync();
    }

    private async Task FlushAsync(CancellationToken ct)
    {
        _hash.AppendData(_buffer.WrittenSpan);
        _bytes += _buffer.WrittenCount;
        await target.WriteAsync(_buffer.WrittenMemory, ct);
        _buffer.ResetWrittenCount();
    }
}
