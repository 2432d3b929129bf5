using Voxeltron.Kernel;

namespace Voxeltron.Broker;

/// <summary>Public keys of the operators who may sign profiles.</summary>
internal static class OperatorKeys
{
    private const int KeyBytes = 32;

    /// <exception cref="VoxeltronException"><c>broker_keys</c></exception>
    public static IReadOnlyList<byte[]> Read(IEnumerable<string> paths)
    {
        var keys = new List<byte[]>();
        foreach (var path in paths)
        {
            if (!File.Exists(path) && !Directory.Exists(path))
            {
                throw new VoxeltronException("broker_keys", $"{path} is missing: put the operators' public keys there, one in base64 a line.");
            }

            foreach (var file in Files(path))
            {
                foreach (var line in File.ReadLines(file).Select(static line => line.Trim()).Where(static line => line.Length > 0 && line[0] != '#'))
                {
                    var key = new byte[KeyBytes];
                    keys.Add(Convert.TryFromBase64String(line, key, out var length) && length == KeyBytes
                        ? key
                        : throw new VoxeltronException("broker_keys", $"{file} holds a line that is no public key: expected {KeyBytes} bytes in base64."));
                }
            }
        }

        return keys.Count > 0 ? keys : throw new VoxeltronException("broker_keys", $"No public key was found in {string.Join(", ", paths)}.");
    }

    private static IEnumerable<string> Files(string path) => File.Exists(path) ? [path] : Directory.GetFiles(path).Order(StringComparer.Ordinal);
}
