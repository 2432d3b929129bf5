using System.IO.Compression;
using System.Runtime.CompilerServices;

namespace Voxeltron.Ultra;

/// <summary>
/// Reads one member, distrusting it: no line longer than a writer writes, no byte more or less than the archive declares.
/// Memory: one line.
/// </summary>
internal static class ExportMemberReader
{
    private const int FirstBufferBytes = 64 * 1024;

    /// <summary>Each line without its end, valid until the next one is asked for.</summary>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> Lines(ZipArchiveEntry member, int mostBytes, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var stream = new DeclaredLengthStream(await OpenAsync(member, ct), member.FullName, member.Length);
        var buffer = new byte[FirstBufferBytes];
        var (begin, end, line) = (0, 0, 0L);
        while (true)
        {
            var length = buffer.AsSpan(begin, end - begin).IndexOf((byte)'\n');
            if (length >= 0)
            {
                line++;
                yield return buffer.AsMemory(begin, length);
                begin += length + 1;
                continue;
            }

            // No whole line is left: make room behind the part of one.
            if (end - begin > mostBytes)
            {
                throw Malformed(member, $"line {line + 1} is longer than {mostBytes:N0} bytes");
            }

            if (begin > 0)
            {
                buffer.AsSpan(begin, end - begin).CopyTo(buffer);
                (begin, end) = (0, end - begin);
            }

            if (end == buffer.Length)
            {
                Array.Resize(ref buffer, Math.Min(2 * buffer.Length, mostBytes + 1));
            }

            var read = await ReadAsync(stream, buffer.AsMemory(end), member, ct);
            if (read == 0)
            {
                if (end > begin)
                {
                    throw Malformed(member, $"line {line + 1} has no end: the member is cut off");
                }

                yield break;
            }

            end += read;
        }
    }

    /// <summary>The whole member, of at most <paramref name="mostBytes"/>.</summary>
    public static async Task<byte[]> WholeAsync(ZipArchiveEntry member, int mostBytes, CancellationToken ct)
    {
        if (member.Length > mostBytes)
        {
            throw Malformed(member, $"it is {member.Length:N0} bytes; at most {mostBytes:N0}");
        }

        await using var stream = new DeclaredLengthStream(await OpenAsync(member, ct), member.FullName, member.Length);
        using var bytes = new MemoryStream();
        var buffer = new byte[FirstBufferBytes];
        while (await ReadAsync(stream, buffer, member, ct) is > 0 and var read)
        {
            bytes.Write(buffer, 0, read);
        }

        return bytes.ToArray();
    }

    /// <summary>Length, lines and digest as they really are.</summary>
    public static async Task<ExportedMember> MeasureAsync(ZipArchiveEntry member, CancellationToken ct)
    {
        using var hash = System.Security.Cryptography.IncrementalHash.CreateHash(System.Security.Cryptography.HashAlgorithmName.SHA256);
        await using var stream = new DeclaredLengthStream(await OpenAsync(member, ct), member.FullName, member.Length);
        var (bytes, lines, buffer) = (0L, 0L, new byte[FirstBufferBytes]);
        while (await ReadAsync(stream, buffer, member, ct) is > 0 and var read)
        {
            hash.AppendData(buffer, 0, read);
            bytes += read;
            lines += buffer.AsSpan(0, read).Count((byte)'\n');
        }

        return new ExportedMember(member.FullName, bytes, lines, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    public static ExportException Malformed(ZipArchiveEntry member, string what, Exception? inner = null) =>
        new(ExportException.Malformed, $"{member.FullName} in the export cannot be read: {what}.", inner);

    private static async Task<Stream> OpenAsync(ZipArchiveEntry member, CancellationToken ct)
    {
        try
        {
            return await member.OpenAsync(ct);
        }
        catch (Exception fault) when (IsDamage(fault))
        {
            throw Malformed(member, fault.Message.TrimEnd('.'), fault);
        }
    }

    private static async ValueTask<int> ReadAsync(Stream stream, Memory<byte> target, ZipArchiveEntry member, CancellationToken ct)
    {
        try
        {
            return await stream.ReadAsync(target, ct);
        }
        catch (Exception fault) when (IsDamage(fault))
        {
            throw Malformed(member, fault.Message.TrimEnd('.'), fault);
        }
    }

    private static bool IsDamage(Exception fault) => fault is InvalidDataException or IOException or NotSupportedException or ArgumentException;
}
