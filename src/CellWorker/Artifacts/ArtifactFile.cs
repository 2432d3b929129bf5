using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Voxeltron.CellWorker;

/// <summary>
/// One file of the store. The engine maps it whole and reads its ELF headers, which do not reach beyond the artifact.
/// <code>
/// artifact (ELF)   seal (JSON, ArtifactSeal)   u32 length of the seal, little-endian   "vxartif1"
/// </code>
/// One file, so that artifact and seal appear together, by one rename.
/// </summary>
internal static class ArtifactFile
{
    public const int FootLength = 4 + 8;

    private static ReadOnlySpan<byte> Magic => "vxartif1"u8;

    public static void Write(Stream file, ReadOnlySpan<byte> artifact, ReadOnlySpan<byte> seal)
    {
        Span<byte> foot = stackalloc byte[FootLength];
        BinaryPrimitives.WriteUInt32LittleEndian(foot, (uint)seal.Length);
        Magic.CopyTo(foot[4..]);
        file.Write(artifact);
        file.Write(seal);
        file.Write(foot);
    }

    /// <summary>Digest and length of the artifact, and the seal beside it. Nothing of it is to be believed yet.</summary>
    /// <returns>Null when the file has not this form.</returns>
    public static (byte[] Sha256, long Length, byte[] Seal)? Read(Stream file)
    {
        Span<byte> foot = stackalloc byte[FootLength];
        if (file.Length < FootLength)
        {
            return null;
        }

        file.Position = file.Length - FootLength;
        file.ReadExactly(foot);
        var sealLength = BinaryPrimitives.ReadUInt32LittleEndian(foot);
        var length = file.Length - FootLength - sealLength;
        if (!foot[4..].SequenceEqual(Magic) || length <= 0 || sealLength > 64 * 1024)
        {
            return null;
        }

        file.Position = 0;
        var sha256 = Hash(file, length);
        var seal = new byte[sealLength];
        file.ReadExactly(seal);
        return (sha256, length, seal);
    }

    private static byte[] Hash(Stream file, long length)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[64 * 1024];
        for (var left = length; left > 0;)
        {
            var read = file.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
            if (read == 0)
            {
                throw new EndOfStreamException("The file became shorter while it was read.");
            }

            hash.AppendData(buffer, 0, read);
            left -= read;
        }

        return hash.GetHashAndReset();
    }
}
