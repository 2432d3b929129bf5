using Voxeltron.Kernel;

namespace Voxeltron.Launcher;

/// <summary>
/// Of the directories in which others listen, a worker sees what it was given and nothing else: Landlock of today does not ask who connects to a
/// socket that has a path, and some of them (a message bus, a container engine) do things for whoever does. As root, in a mount namespace of its own.
/// </summary>
internal static class OwnTree
{
    private static readonly string[] s_covered = ["/run", "/tmp"];

    private const nuint ReadOnly = 1, NoSetuid = 2, NoDevices = 4, NoExecution = 8, Remount = 32, Bind = 4096, Recursive = 16384;

    /// <param name="kept">Files and directories, wherever they lie; those that are not there are not missed.</param>
    public static void Cover(IEnumerable<string> kept)
    {
        var real = kept.Select(Real).OfType<string>().Distinct().Order(StringComparer.Ordinal).ToList();
        foreach (var covered in s_covered.Select(Real).OfType<string>().Distinct().ToList())
        {
            if (real.Exists(path => IsWithin(covered, path)))
            {
                Say.Line($"warning: all of {covered} is the worker's, and with it the sockets others have there: choose a directory below it");
                continue;
            }

            var inside = real.Where(path => IsWithin(path, covered)).ToList();
            // What lies in another one comes with that.
            Cover(covered, inside.Where(path => !inside.Exists(other => other != path && IsWithin(path, other))));
        }
    }

    private static void Cover(string covered, IEnumerable<string> kept)
    {
        // Held by descriptors while their paths lead elsewhere.
        var places = kept.Select(static path => (Path: path, Place: Libc.open(path, Libc.PathOnly | Libc.CloseOnExec), IsDirectory: Directory.Exists(path))).Where(static one => one.Place >= 0).ToList();
        Must(Libc.mount("tmpfs", covered, "tmpfs", NoSetuid | NoDevices | NoExecution, "mode=0755,size=64k"), $"{covered} could not be covered");
        foreach (var (path, place, isDirectory) in places)
        {
            Make(covered, path, isDirectory);
            Must(Libc.mount($"/proc/self/fd/{place}", path, null, Bind | Recursive, null), $"{path} could not be kept");
            _ = Libc.close(place);
        }

        Must(Libc.mount(null, covered, null, Bind | Remount | ReadOnly | NoSetuid | NoDevices | NoExecution, null), $"{covered} could not be made read-only");
    }

    /// <summary>What is mounted on, and the way to it, passable whatever this process's umask is.</summary>
    private static void Make(string covered, string path, bool isDirectory)
    {
        var directory = isDirectory ? path : Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(directory);
        for (; IsWithin(directory, covered) && directory != covered; directory = Path.GetDirectoryName(directory)!)
        {
            File.SetUnixFileMode(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        }

        if (!isDirectory)
        {
            File.WriteAllBytes(path, []);
        }
    }

    /// <summary>Behind all links; null where there is nothing.</summary>
    private static string? Real(string path)
    {
        var place = Libc.open(path, Libc.PathOnly | Libc.CloseOnExec);
        if (place < 0)
        {
            return null;
        }

        var real = File.ResolveLinkTarget($"/proc/self/fd/{place}", returnFinalTarget: false)?.FullName;
        _ = Libc.close(place);
        return real;
    }

    private static bool IsWithin(string path, string directory) => path == directory || path.StartsWith(directory + "/", StringComparison.Ordinal);

    private static void Must(int rc, string what)
    {
        if (rc < 0)
        {
            throw new VoxeltronException("not_confined", $"{what}: {Libc.Reason}.");
        }
    }
}
