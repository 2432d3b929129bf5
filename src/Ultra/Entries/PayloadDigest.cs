using System.Security.Cryptography;

namespace Voxeltron.Ultra;

/// <summary>How a body names its payload without holding it. The salt is stored beside the payload and erased with it.</summary>
public static class PayloadDigest
{
    public const int SaltBytes = 16;

    private const int StackBytes = 2_048;

    /// <returns><c>SHA-256(salt | payload)</c> as 64 lower-case hex digits.</returns>
    public static string Hex(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> payload)
    {
        if (salt.Length != SaltBytes)
        {
            throw new ArgumentException($"A payload salt is {SaltBytes} bytes, not {salt.Length}.", nameof(salt));
        }

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        var length = SaltBytes + payload.Length;
        if (length <= StackBytes)
        {
            // Most payloads: one call over stack memory; an incremental hash is a native object with a finalizer.
            Span<byte> message = stackalloc byte[StackBytes];
            salt.CopyTo(message);
            payload.CopyTo(message[SaltBytes..]);
            Sha256.Hash(message[..length], digest);
            return Convert.ToHexStringLower(digest);
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(salt);
        hash.AppendData(payload);
        hash.GetHashAndReset(digest);
        return Convert.ToHexStringLower(digest);
    }
}
