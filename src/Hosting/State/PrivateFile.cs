using System.Text;
using Voxeltron.Kernel;

namespace Voxeltron.Hosting;

/// <summary>Files that only their owner may read: keys, passwords, the first API key.</summary>
public static class PrivateFile
{
    /// <summary>0600.</summary>
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>0700.</summary>
    private const UnixFileMode DirectoryMode = Mode | UnixFileMode.UserExecute;

    /// <summary>No secret here is longer; a longer file is something else.</summary>
    private const int MaxBytes = 4096;

    /// <summary>The file's text without the line end.</summary>
    /// <exception cref="VoxeltronException"><c>state_missing_file</c>, <c>state_file_mode</c> or <c>state_unreadable</c>.</exception>
    public static string Read(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            throw new VoxeltronException("state_missing_file", $"{path} is missing. Restore it from your backup of the state directory, or run set-up if this fabric was never set up.");
        }

        RefuseOpenMode(path);
        if (file.Length > MaxBytes)
        {
            throw new VoxeltronException("state_unreadable", $"{path} holds {file.Length} bytes and cannot be a secret of this fabric. Restore it from your backup.");
        }

        try
        {
            return File.ReadAllText(path, Encoding.UTF8).TrimEnd('\r', '\n');
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new VoxeltronException("state_unreadable", $"{path} cannot be read by user '{Environment.UserName}'. Run this as the user that set the fabric up.", denied);
        }
    }

    /// <summary>Writes the file whole or not at all, and never over an existing one.</summary>
    /// <returns>False when the file was there already; it is left as it is.</returns>
    public static bool TryCreate(string path, string text)
    {
        if (File.Exists(path))
        {
            return false;
        }

        var draft = Draft(path, text);
        try
        {
            File.Move(draft, path, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another set-up was faster; its file is as good as ours.
            File.Delete(draft);
            return false;
        }
    }

    /// <summary>Writes the file whole, over an existing one if need be.</summary>
    public static void Replace(string path, string text) => File.Move(Draft(path, text), path, overwrite: true);

    /// <summary>
    /// Makes the directory if it is not there, and closes it to everyone else in any case, but for a group that may pass through it and no more: the
    /// launcher lets the worker's user to its own files so (docs/walls.md).
    /// </summary>
    public static void CreateDirectory(string path)
    {
        Directory.CreateDirectory(path, DirectoryMode);
        if (File.GetUnixFileMode(path) != (DirectoryMode | UnixFileMode.GroupExecute))
        {
            File.SetUnixFileMode(path, DirectoryMode);
        }
    }

    /// <summary>A directory that others may pass through but not list, such as the state directory itself.</summary>
    public static void CreatePassableDirectory(string path) =>
        Directory.CreateDirectory(path, DirectoryMode | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);

    /// <summary>Lets everyone read a file that turned out to hold no secret.</summary>
    public static void LetAllRead(string path) => File.SetUnixFileMode(path, Mode | UnixFileMode.GroupRead | UnixFileMode.OtherRead);

    private static string Draft(string path, string text)
    {
        // The draft's name is unpredictable so that two set-ups never share one.
        var draft = $"{path}.{Path.GetRandomFileName()}";
        using var stream = new FileStream(draft, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = Mode,
        });
        stream.Write(Encoding.UTF8.GetBytes(text + "\n"));
        stream.Flush(flushToDisk: true);
        return draft;
    }

    private static void RefuseOpenMode(string path)
    {
        const UnixFileMode others = ~Mode;
        var mode = File.GetUnixFileMode(path);
        if ((mode & others) != 0)
        {
            throw new VoxeltronException("state_file_mode", $"{path} has mode {Convert.ToString((int)mode, 8).PadLeft(4, '0')}, so others may have read it. If you trust it still: chmod 600 '{path}'. If not: replace the secret.");
        }
    }
}
