using System.Security.Cryptography;
using Voxeltron.Ultra;

namespace Voxeltron.Cli.Commands;

/// <summary>An approver's own key: a seed in a file that only its owner can read. It never leaves this machine.</summary>
internal static class ApproverKey
{
    private const int SeedBytes = 32;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Reads the key, or makes one where there is no file.</summary>
    /// <param name="made">There was none.</param>
    public static Ed25519Signer ReadOrCreate(string path, out bool made)
    {
        made = !File.Exists(path);
        if (made)
        {
            Create(path);
        }

        return Read(path);
    }

    public static Ed25519Signer Read(string path)
    {
        var seed = new byte[SeedBytes];
        try
        {
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~OwnerOnly) != 0)
            {
                throw new CliException($"{path} can be read by others; whoever has it can approve in your name. Make a new key, or at least: chmod 600 {path}");
            }

            return Convert.TryFromBase64String(File.ReadAllText(path).Trim(), seed, out var length) && length == SeedBytes
                ? new Ed25519Signer(seed)
                : throw new CliException($"{path} is no key: expected {SeedBytes} bytes in base64 on one line.");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"{path} cannot be read: {unreadable.Message} Make a key with: voxeltron gates key --key FILE", unreadable);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    private static void Create(string path)
    {
        var seed = RandomNumberGenerator.GetBytes(SeedBytes);
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                // From its first byte on.
                options.UnixCreateMode = OwnerOnly;
            }

            using var file = new StreamWriter(path, options);
            file.Write(Convert.ToBase64String(seed) + "\n");
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"{path} cannot be written: {unwritable.Message}", unwritable);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }
}
