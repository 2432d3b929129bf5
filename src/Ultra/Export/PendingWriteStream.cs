using System.Buffers;

namespace Voxeltron.Ultra;

/// <summary>
/// Makes every write to the target asynchronous. <see cref="System.IO.Compression.ZipArchive"/> writes its headers synchronously
/// even where asked otherwise, which a response body refuses: they wait here for the next asynchronous write.
/// </summary>
/// <remarks>Headers are small; call <see cref="FlushAsync(CancellationToken)"/> at the end. Leaves the target open.</remarks>
internal sealed class PendingWriteStream(Stream target) : Stream
{
    private readonly ArrayBufferWriter<byte> _pending = new();

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count) => _pending.Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer) => _pending.Write(buffer);

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await SendPendingAsync(cancellationToken);
        await target.WriteAsync(buffer, cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Nothing: what waits goes with the next asynchronous write.</summary>
    public override void Flush()
    {
    }

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        await SendPendingAsync(cancellationToken);
        await target.FlushAsync(cancellationToken);
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private async Task SendPendingAsync(CancellationToken ct)
    {
        if (_pending.WrittenCount > 0)
        {
            await target.WriteAsync(_pending.WrittenMemory, ct);
            _pending.ResetWrittenCount();
        }
    }
}
