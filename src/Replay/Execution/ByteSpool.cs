using Microsoft.Win32.SafeHandles;
using Voxeltron.Kernel;

namespace Voxeltron.Replay;

/// <summary>
/// Bytes by seq: the inputs and results a later task may be given. A log does not say which will be, and a mission may have
/// far more of them than a machine has memory: what comes once <see cref="MostInMemory"/> are held goes to a file.
/// </summary>
/// <remarks>The file has no name from the moment it is made where the system allows it: it holds what the payloads hold, and ends with this process.</remarks>
internal sealed class ByteSpool : IDisposable
{
    private readonly Dictionary<long, byte[]> _near = [];
    private readonly Dictionary<long, (long Offset, int Length)> _far = [];
    private SafeFileHandle? _file;
    private long _inMemory;

    public long BytesInFile { get; private set; }

    public long MostInMemory { get; init; } = 64 * 1024 * 1024;

    public bool Contains(long seq) => _near.ContainsKey(seq) || _far.ContainsKey(seq);

    /// <summary>Each seq once.</summary>
    public void Add(long seq, byte[] bytes)
    {
        if (_inMemory + bytes.Length <= MostInMemory)
        {
            _near.Add(seq, bytes);
            _inMemory += bytes.Length;
            return;
        }

        try
        {
            _file ??= Open();
            RandomAccess.Write(_file, bytes, BytesInFile);
        }
        catch (Exception full) when (full is IOException or UnauthorizedAccessException)
        {
            throw new VoxeltronException(
                "replay_capacity",
                $"The mission has more than {MostInMemory >> 20} MiB of inputs and results, and the temporary folder {Path.GetTempPath()} does not take the rest: {full.Message} Name another in TMPDIR.",
                full);
        }

        _far.Add(seq, (BytesInFile, bytes.Length));
        BytesInFile += bytes.Length;
    }

    public bool TryGet(long seq, out byte[] bytes)
    {
        if (_near.TryGetValue(seq, out bytes!))
        {
            return true;
        }

        if (!_far.TryGetValue(seq, out var place))
        {
            return false;
        }

        bytes = new byte[place.Length];
        for (var read = 0; read < bytes.Length;)
        {
            var count = RandomAccess.Read(_file!, bytes.AsSpan(read), place.Offset + read);
            read += count > 0 ? count : throw new EndOfStreamException("The replay's own file of inputs is shorter than what was written to it.");
        }

        return true;
    }

    public void Dispose() => _file?.Dispose();

    private static SafeFileHandle Open()
    {
        var folder = Directory.CreateTempSubdirectory("voxeltron-replay-").FullName;
        var path = Path.Combine(folder, "inputs");
        try
        {
            return File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete, FileOptions.DeleteOnClose);
        }
        finally
        {
            // Where an open file may lose its name; elsewhere it goes when it is closed.
            if (!OperatingSystem.IsWindows())
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }
}
