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
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        Compute(salt, payload, digest);
        return Convert.ToHexStringLower(digest);
    }

    /// <param name="digest">Receives <c>SHA-256(salt | payload)</c>: 32 bytes.</param>
    public static void Compute(ReadOnlySpan<byte> salt, ReadOnlySpan<byte> payload, Span<byte> digest)
    {
        if (salt.Length != SaltBytes)
        {
            throw new ArgumentException($"A payload salt is {SaltBytes} bytes, not {salt.Length}.", nameof(salt));
        }

        var length = SaltBytes + payload.Length;
        if (length <= StackBytes)
        {
            // Most payloads: one call over stack memory; an incremental hash is a native object with a finalizer.
            Span<byte> message = stackalloc byte[StackBytes];
            salt.CopyTo(message);
            payload.CopyTo(message[SaltBytes..]);
            Sha256.Hash(message[..length], digest);
            return;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(salt);
        hash.AppendData(payload);
        hash.GetHashAndReset(digest);
    }
}
