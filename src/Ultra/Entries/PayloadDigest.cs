using System.Security.Cryptography;

namespace Voxeltron.Ultra;

/// <summary>How a body names its payload without holding it. The salt is stored beside the payload and erased with it.</summary>
public static class PayloadDigest
{
    public const int SaltBytes = 16;

    /// <returns><c>SHA-256(salt | payload)</c> as 64 lower-case hex digits.</returns>
    public static string Hex(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> payload)
    {
        if (salt.Length != SaltBytes)
        {
            throw new ArgumentException($"A payload salt is {SaltBytes} bytes, not {salt.Length}.", nameof(salt));
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(salt);
        hash.AppendData(payload);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        return Convert.ToHexStringLower(digest);
    }
}
