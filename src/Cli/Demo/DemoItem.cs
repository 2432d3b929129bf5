using System.Globalization;

namespace Voxeltron.Cli.Demo;

/// <summary>
/// One request file. Its name stays on this machine, and the key that is sent says its place and nothing else: keys are in
/// the log for good, and with a digest in one, anybody could test there whether a document they guess was sent.
/// </summary>
public sealed record DemoItem(string Key, string FileName, byte[] Bytes)
{
    public static DemoItem Create(int ordinal, string fileName, byte[] bytes) =>
        new(string.Create(CultureInfo.InvariantCulture, $"r-{ordinal:00000}"), fileName, bytes);
}
