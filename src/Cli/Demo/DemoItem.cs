using System.Security.Cryptography;

namespace Voxeltron.Cli.Demo;

/// <summary>One request file. Its name stays on this machine: the key that is sent says only its place and the start of its digest.</summary>
public sealed record DemoItem(string Key, string FileName, byte[] Bytes)
{
    public static DemoItem Create(int ordinal, string fileName, byte[] bytes) =>
        new($"r-{ordinal:00000}-{Convert.ToHexStringLower(SHA256.HashData(bytes))[..8]}", fileName, bytes);
}
