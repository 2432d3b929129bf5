namespace Voxeltron.Benchmarks;

/// <summary>What one durable write costs on the disk the fabric uses: the floor below every commit.</summary>
internal static class FsyncProbe
{
    private const int Writes = 200;
    private const int Bytes = 8192;

    /// <returns>8 KiB written and flushed to the disk, one after another, in µs.</returns>
    public static Distribution Run(string directory)
    {
        var path = Path.Combine(directory, $"fsync-{Environment.ProcessId}.probe");
        var times = new double[Writes];
        var page = new byte[Bytes];
        try
        {
            using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, preallocationSize: Writes * Bytes);
            for (var i = 0; i < Writes; i++)
            {
                var begin = Ticks.Now;
                RandomAccess.Write(file, page, (long)i * Bytes);
                RandomAccess.FlushToDisk(file);
                times[i] = Ticks.Us(begin, Ticks.Now);
            }
        }
        finally
        {
            File.Delete(path);
        }

        return new Distribution(times);
    }
}
