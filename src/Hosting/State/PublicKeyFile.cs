using Voxeltron.Kernel;

namespace Voxeltron.Hosting;

/// <summary>A public key as one line of base64. Not secret; its integrity is what counts.</summary>
public static class PublicKeyFile
{
    public const int KeyBytes = 32;

    public static byte[] Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new VoxeltronException("state_missing_file", $"{path} is missing. Copy the root public key there; its text is printed by set-up and belongs in your records.");
        }

        var key = new byte[KeyBytes];
        if (!Convert.TryFromBase64String(File.ReadAllText(path).Trim(), key, out var length) || length != KeyBytes)
        {
            throw new VoxeltronException("state_bad_key", $"{path} is no public key: expected {KeyBytes} bytes in base64 on one line.");
        }

        return key;
    }

    public static void Write(string path, ReadOnlySpan<byte> key) => File.WriteAllText(path, Convert.ToBase64String(key) + "\n");
}
