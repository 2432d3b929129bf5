using System.Security.Cryptography;
using Voxeltron.Kernel;

namespace Voxeltron.Hosting;

/// <summary>An Ed25519 private key as one line: the 32-byte seed in base64.</summary>
public static class SeedFile
{
    public const int SeedBytes = 32;

    /// <summary>The seed. The caller clears it after use.</summary>
    public static byte[] Read(string path)
    {
        var seed = new byte[SeedBytes];
        if (!Convert.TryFromBase64String(PrivateFile.Read(path), seed, out var length) || length != SeedBytes)
        {
            CryptographicOperations.ZeroMemory(seed);
            throw new VoxeltronException("state_bad_key", $"{path} is no key: expected {SeedBytes} bytes in base64 on one line. Restore it from your backup.");
        }

        return seed;
    }

    /// <returns>False when the key existed; it is left as it is.</returns>
    public static bool TryCreate(string path) => PrivateFile.TryCreate(path, Convert.ToBase64String(RandomNumberGenerator.GetBytes(SeedBytes)));
}
